/** BARs from the resource file and the registers: each knows half of the matter. */
import {
  ADDRESS_LIMIT,
  type Bar,
  type BarRegister,
  busAddr,
  type ConfigSpace,
  physAddr,
  readBarRegisters,
} from '@barter/core'
import { isAssigned, type Resource, resourceKind } from './resource-file.ts'

/** Standard BARs of a function (P2P-2). */
const BARS = 6

export interface Bars {
  readonly bars: readonly Bar[]
  /** Lines that could not be read, and addresses that do not fit. */
  readonly unreadable: number
  readonly beyond: number
}

/**
 * **Shape** without a resource file the registers alone, with CPU and bus addresses taken to be the same and lengths
 * not known. A BAR that has no address starts at 0.
 */
export function barsOf(
  config: ConfigSpace | undefined,
  resources: readonly (Resource | undefined)[] | undefined,
): Bars {
  const registers = config === undefined ? [] : readBarRegisters(config)
  if (resources === undefined) {
    const bars = registers.map(({ index, kind, bus }): Bar => ({
      index,
      kind,
      bus,
      start: physAddr(bus),
      length: undefined,
    }))
    return { bars, unreadable: 0, beyond: 0 }
  }
  const bars: Bar[] = []
  let unreadable = 0
  let beyond = 0
  for (const [index, resource] of resources.slice(0, BARS).entries()) {
    if (resource === undefined) {
      unreadable++
      continue
    }
    const kind = resourceKind(resource)
    if (kind === undefined) continue
    const { start, end } = resource
    if (end < start || end >= BigInt(ADDRESS_LIMIT)) {
      beyond++
      continue
    }
    const assigned = isAssigned(resource)
    const phys = physAddr(assigned ? Number(start) : 0)
    const bus = busAddress(
      assigned,
      phys,
      registers.find((register) => register.index === index),
    )
    bars.push({ index, kind, start: phys, bus: busAddr(bus), length: Number(end - start) + 1 })
  }
  return { bars, unreadable, beyond }
}

/** What the register holds. It reads as zero in a virtual function; then CPU and bus addresses are taken to be the same. */
function busAddress(assigned: boolean, phys: number, register: BarRegister | undefined): number {
  if (!assigned) return 0
  return register === undefined || register.bus === 0 ? phys : register.bus
}
