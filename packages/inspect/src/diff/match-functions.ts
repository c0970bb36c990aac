/** Which function of one capture is which of another, although buses may have been numbered anew. */
import { type Bdf, bdfParts, ID_UNKNOWN, type PciFunction, type Topology } from '@barter/core'

export interface MatchedFunctions {
  readonly same: readonly (readonly [before: PciFunction, after: PciFunction])[]
  readonly added: readonly PciFunction[]
  readonly removed: readonly PciFunction[]
}

type Key = (topology: Topology, fn: PciFunction) => string | undefined

/** From the surest to the weakest: a key that stands once on each side makes two functions one. */
const KEYS: readonly Key[] = [
  (topology, fn) => withIds(fn, slotPath(topology, fn)),
  (_topology, fn) => withIds(fn, fn.bdf),
  // A text may lack the ids, or another device was put into the slot.
  (topology, fn) => slotPath(topology, fn),
  (_topology, fn) => fn.bdf,
  (_topology, fn) => withIds(fn, 'somewhere'),
]

export function matchFunctions(before: Topology, after: Topology): MatchedFunctions {
  let left = [...before.functions]
  let right = [...after.functions]
  const same: (readonly [PciFunction, PciFunction])[] = []
  for (const key of KEYS) {
    const ours = single(before, left, key)
    const theirs = single(after, right, key)
    const found = new Set<PciFunction>()
    for (const [name, fn] of ours) {
      const other = theirs.get(name)
      if (other === undefined) continue
      same.push([fn, other])
      found.add(fn).add(other)
    }
    left = left.filter((fn) => !found.has(fn))
    right = right.filter((fn) => !found.has(fn))
  }
  const order = new Map(before.functions.map((fn, i) => [fn.bdf, i]))
  const place = ({ bdf }: PciFunction): number => order.get(bdf) ?? 0
  return { same: same.sort(([a], [b]) => place(a) - place(b)), added: right, removed: left }
}

/** Device and function numbers from the root bus down: what a slot keeps when buses are numbered anew. */
export function slotPath(topology: Topology, fn: PciFunction): string {
  const way = topology.chain(fn).map(({ bdf }) => slotOf(bdf))
  return [fn.hostBridge, ...way.toReversed()].join('/')
}

function slotOf(bdf: Bdf): string {
  const { device, function: number } = bdfParts(bdf)
  return `${device.toString(16).padStart(2, '0')}.${number}`
}

const withIds = (fn: PciFunction, place: string): string | undefined =>
  fn.vendor === ID_UNKNOWN || fn.device === ID_UNKNOWN ? undefined : `${place} ${fn.vendor}:${fn.device}`

function single(topology: Topology, functions: readonly PciFunction[], key: Key): ReadonlyMap<string, PciFunction> {
  const found = new Map<string, PciFunction>()
  const twice = new Set<string>()
  for (const fn of functions) {
    const name = key(topology, fn)
    if (name === undefined) continue
    if (found.has(name)) twice.add(name)
    found.set(name, fn)
  }
  for (const name of twice) found.delete(name)
  return found
}
