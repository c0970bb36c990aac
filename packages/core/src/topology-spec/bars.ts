/** BARs as written in a spec, checked. */
import { hex, KiB, MiB } from '../address.ts'
import { isWide } from '../capability/bar.ts'
import type { PlannedBar } from './planned.ts'
import { sizeAt, specError, wholeAt } from './spec-error.ts'
import type { BarSpec } from './spec.ts'

/** An I/O BAR of a PC function holds at most 256 ports; some bridges offer more. */
const LARGEST_IO = 64 * KiB
/** A 32-bit BAR has to leave room below 4 GiB. */
const LARGEST_32 = 2048 * MiB
const LARGEST = 2 ** 46
const SMALLEST = { io: 4, memory: 16, virtual: 4 * KiB }

/** **Shape** `count`: how many virtual functions share the row, 0 for a function's own BARs. */
export function plannedBars(where: string, specs: readonly BarSpec[] | undefined, count = 0): PlannedBar[] {
  const taken = new Map<number, string>()
  return (specs ?? []).map((spec, i): PlannedBar => {
    const at = `${where}[${i}]`
    const kind = spec.kind ?? 'mem64'
    const index = wholeAt(`${at}.index`, spec.index, 0, isWide(kind) ? 4 : 5)
    for (const register of isWide(kind) ? [index, index + 1] : [index]) {
      const other = taken.get(register)
      if (other !== undefined) {
        const hint = 'a 64-bit BAR takes its index and the next one; give each BAR its own'
        throw specError(`${at}.index`, `BAR ${register} is taken by ${other}`, hint)
      }
      taken.set(register, at)
    }
    const length = barLength(at, spec, count > 0)
    const bar = { where: at, index, kind, length, count: Math.max(count, 1), bus: 0 }
    return spec.start === undefined ? bar : { ...bar, fixed: sizeAt(`${at}.start`, spec.start) }
  })
}

function barLength(at: string, spec: BarSpec, virtual: boolean): number {
  const length = sizeAt(`${at}.length`, spec.length)
  const kind = spec.kind ?? 'mem64'
  if (!Number.isInteger(Math.log2(length))) {
    throw specError(`${at}.length`, `${spec.length} is not a power of two`, 'BARs decode a power of two of bytes')
  }
  const least = virtual ? SMALLEST.virtual : kind === 'io' ? SMALLEST.io : SMALLEST.memory
  const most = kind === 'io' ? LARGEST_IO : kind === 'mem64pref' ? LARGEST : LARGEST_32
  if (length < least || length > most) {
    const hint =
      length > most && kind !== 'io' ? 'write kind: mem64pref for a large BAR' : 'change the length or the kind'
    throw specError(
      `${at}.length`,
      `${spec.length} is not from ${hex(least)} to ${hex(most)} bytes, as ${kind} asks`,
      hint,
    )
  }
  return length
}
