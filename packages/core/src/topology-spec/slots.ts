/** Device and function numbers on one bus: as written, else the first device that is free. */
import { specError, wholeAt } from './spec-error.ts'
import type { SlotSpec } from './spec.ts'

export interface SlotRequest extends SlotSpec {
  readonly where: string
  /** How many functions it brings, from its first one on. */
  readonly functions: number
}

export interface Slot {
  readonly device: number
  readonly function: number
}

export interface BusSlots {
  readonly where: string
  /** First and last device number that is given out. A link leads to device 0 only. */
  readonly first: number
  readonly last: number
}

/** A device with its function: 0..255, as the low byte of a routing id. */
export const devfn = (slot: Slot): number => slot.device * 8 + slot.function

/** Slots in the order of the requests; `taken` gains each number with the path of its owner. */
export function assignSlots(bus: BusSlots, requests: readonly SlotRequest[], taken: Map<number, string>): Slot[] {
  const slots = new Map<SlotRequest, Slot>()
  // What is written counts first, so that a device that may sit anywhere gives way.
  for (const request of requests) {
    if (request.device !== undefined || request.function !== undefined) slots.set(request, written(bus, request))
  }
  for (const [request, slot] of slots) take(request, slot, taken)
  for (const request of requests) {
    if (slots.has(request)) continue
    const slot = { device: firstFree(bus, request, taken), function: 0 }
    take(request, slot, taken)
    slots.set(request, slot)
  }
  for (const [number, where] of taken) {
    if (!taken.has(number - (number % 8))) {
      throw specError(where, `device ${Math.floor(number / 8)} has no function 0`, 'begin a device with function 0')
    }
  }
  return requests.map((request) => slots.get(request) ?? { device: 0, function: 0 })
}

function written(bus: BusSlots, request: SlotRequest): Slot {
  const least = bus.first === bus.last ? bus.first : 0
  const device = wholeAt(`${request.where}.device`, request.device ?? bus.first, least, bus.last)
  return { device, function: wholeAt(`${request.where}.function`, request.function ?? 0, 0, 7) }
}

function take(request: SlotRequest, slot: Slot, taken: Map<number, string>): void {
  if (slot.function + request.functions > 8) {
    throw specError(request.where, `its ${request.functions} functions do not fit`, 'a device has functions 0 to 7')
  }
  for (let i = 0; i < request.functions; i++) {
    const number = devfn(slot) + i
    const other = taken.get(number)
    if (other !== undefined) {
      const name = `${slot.device.toString(16).padStart(2, '0')}.${slot.function + i}`
      throw specError(request.where, `${name} is taken by ${other}`, 'give one of them another device or function')
    }
    taken.set(number, request.where)
  }
}

function firstFree(bus: BusSlots, request: SlotRequest, taken: ReadonlyMap<number, string>): number {
  for (let device = bus.first; device <= bus.last; device++) {
    const free = Array.from({ length: 8 }, (_, i) => device * 8 + i).every((number) => !taken.has(number))
    if (free) return device
  }
  const link = bus.first === bus.last
  throw specError(
    request.where,
    link
      ? 'a link leads to one device, and there is one already'
      : `all ${bus.last - bus.first + 1} devices of the bus are taken`,
    link
      ? 'put a switch between them, or write them as functions of one device'
      : 'put some behind a bridge, or use more functions',
  )
}
