/** Wide machines made readable: devices that nobody can tell apart by their answers become one row. */
import type { PciFunction, Topology } from '@barter/core'
import { className } from './device-class.ts'
import type { CellMatrix } from './letters.ts'
import { canProvide } from './pairs.ts'

/** One row: a device, alike devices behind one switch, or such packs behind alike switches. */
export interface FoldedRow<Cell extends string> {
  /** In bus order; pack by pack, each behind a switch (or root bus) of its own. */
  readonly packs: readonly (readonly PciFunction[])[]
  /** Between two devices of one pack; `null` when each is alone. */
  readonly within: Cell | null
}

export interface FoldedMatrix<Cell extends string> {
  readonly rows: readonly FoldedRow<Cell>[]
  /** Between rows; a row with itself: between two of its packs, `null` when it has only one. */
  at(provider: number, client: number): Cell | null
}

interface FoldLimits {
  /** Devices that are shown one by one. */
  readonly devices: number
  /** Packs behind one switch each that are shown one by one. */
  readonly packs: number
  /** Rows that are still better than rows of several classes. */
  readonly mixed: number
}

/** Rows that fit a screen of 80 columns as they are; and some more, rather than mix classes. */
const FEW: FoldLimits = { devices: 14, packs: 14, mixed: 24 }

/**
 * Fold as far as is needed for about so many rows: not at all; devices of one class behind one switch; these of alike
 * switches too; and the two again without regard to class.
 *
 * Alike are devices, all with or all without a BAR to lend, that have the same cell with every other device, both ways,
 * and one among themselves. So no cell of the result hides another answer.
 */
export function foldMatrix<Cell extends string>(
  topology: Topology,
  matrix: CellMatrix<Cell>,
  most = FEW,
): FoldedMatrix<Cell> {
  const { functions } = matrix
  if (functions.length <= most.devices)
    return folded(
      matrix,
      functions.map((_, i) => [[i]]),
    )
  const lends = functions.map((fn) => String(canProvide(fn)))
  const kinds = functions.map((fn, i) => `${lends[i]} ${className(fn.classCode)}`)
  const places = functions.map((fn) => switchAbove(topology, fn))
  const packsBy = (keys: readonly string[]): number[][] =>
    gather(
      keys.map((key, i) => `${key} ${places[i]}`),
      matrix,
    )
  const alone = (packs: number[][]): number[][][] => packs.map((pack) => [pack])
  const byKind = packsBy(kinds)
  if (byKind.length <= most.packs) return folded(matrix, alone(byKind))
  const alike = alikePacks(byKind, kinds, matrix)
  if (alike.length <= most.mixed) return folded(matrix, alike)
  const byPlace = packsBy(lends)
  return folded(matrix, byPlace.length <= most.packs ? alone(byPlace) : alikePacks(byPlace, lends, matrix))
}

/** Where the chain meets the first switch, or the function on the root bus: devices there share their way up. */
function switchAbove(topology: Topology, fn: PciFunction): string {
  const [, ...above] = topology.chain(fn)
  const upstream = above.find(({ kind }) => kind === 'upstream-port')
  return upstream?.bdf ?? above.at(-1)?.bdf ?? fn.hostBridge
}

/** Devices with one key that are twins of the first of their pack. Being twins is an equivalence, so the first is enough. */
function gather(keys: readonly string[], matrix: CellMatrix<string>): number[][] {
  const byKey = new Map<string, number[][]>()
  const packs: number[][] = []
  for (const [i, key] of keys.entries()) {
    const known = byKey.get(key) ?? []
    byKey.set(key, known)
    const home = known.find((pack) => twins(matrix, pack[0] as number, i))
    if (home === undefined) {
      const fresh = [i]
      known.push(fresh)
      packs.push(fresh)
    } else home.push(i)
  }
  return packs
}

function twins(matrix: CellMatrix<string>, a: number, b: number): boolean {
  if (matrix.at(a, b) !== matrix.at(b, a)) return false
  for (let other = 0; other < matrix.functions.length; other++) {
    if (other === a || other === b) continue
    if (matrix.at(a, other) !== matrix.at(b, other) || matrix.at(other, a) !== matrix.at(other, b)) return false
  }
  return true
}

/** Packs of one kind and one letter inside that see every third pack alike. Any two of a row have one letter. */
function alikePacks(
  packs: readonly (readonly number[])[],
  kinds: readonly string[],
  matrix: CellMatrix<string>,
): number[][][] {
  const first = packs.map((pack) => pack[0] as number)
  const alike = (a: number, b: number): boolean => {
    const at = (i: number, j: number): string => matrix.at(first[i] as number, first[j] as number)
    if (at(a, b) !== at(b, a)) return false
    return packs.every(
      (_, other) => other === a || other === b || (at(a, other) === at(b, other) && at(other, a) === at(other, b)),
    )
  }
  const byKey = new Map<string, number[][]>()
  const rows: number[][] = []
  for (const [i, pack] of packs.entries()) {
    const key = `${kinds[first[i] as number]} ${within(matrix, pack)}`
    const known = byKey.get(key) ?? []
    byKey.set(key, known)
    const home = known.find((row) => alike(row[0] as number, i))
    if (home === undefined) {
      const fresh = [i]
      known.push(fresh)
      rows.push(fresh)
    } else home.push(i)
  }
  return rows.map((row) => row.map((i) => [...(packs[i] as readonly number[])]))
}

function within<Cell extends string>(matrix: CellMatrix<Cell>, pack: readonly number[]): Cell | null {
  const [a, b] = pack
  return a === undefined || b === undefined ? null : matrix.at(a, b)
}

function folded<Cell extends string>(
  matrix: CellMatrix<Cell>,
  rows: readonly (readonly (readonly number[])[])[],
): FoldedMatrix<Cell> {
  const functionAt = (i: number): PciFunction => matrix.functions[i] as PciFunction
  return {
    rows: rows.map((packs) => ({
      packs: packs.map((pack) => pack.map(functionAt)),
      within: within(matrix, packs[0] ?? []),
    })),
    at(provider, client) {
      const a = rows[provider]?.[0]?.[0]
      const b = provider === client ? rows[client]?.[1]?.[0] : rows[client]?.[0]?.[0]
      return a === undefined || b === undefined ? null : matrix.at(a, b)
    },
  }
}
