/** Where the MSI-X table of a spec lies: inside a memory BAR, with the pending bits behind it. */
import type { Msix } from '../capability/msix.ts'
import { isAligned } from '../address.ts'
import type { PlannedBar } from './planned.ts'
import { sizeAt, specError, wholeAt } from './spec-error.ts'
import type { MsixSpec } from './spec.ts'

export type PlannedMsix = Pick<Msix, 'vectors' | 'table' | 'pba'>

/** **Units** bytes: 16 a vector in the table, one bit a vector pending, in whole words of 64. */
export function plannedMsix(where: string, spec: MsixSpec, bars: readonly PlannedBar[]): PlannedMsix {
  const vectors = wholeAt(`${where}.vectors`, spec.vectors, 1, 2048)
  const offset = sizeAt(`${where}.offset`, spec.offset ?? 0)
  const pending = offset + 16 * vectors
  const bar = bars.find((one) => one.index === spec.bar && one.kind !== 'io')
  if (bar === undefined) {
    throw specError(`${where}.bar`, `the endpoint has no memory BAR ${spec.bar}`, 'name one of its memory BARs')
  }
  if (!isAligned(offset, 8)) throw specError(`${where}.offset`, 'it is not a multiple of 8', 'write a multiple of 8')
  const end = pending + 8 * Math.ceil(vectors / 64)
  if (end > bar.length) {
    throw specError(where, `${vectors} vectors end at byte ${end} of a BAR of ${bar.length}`, 'make the BAR larger')
  }
  return { vectors, table: { bar: spec.bar, offset }, pba: { bar: spec.bar, offset: pending } }
}
