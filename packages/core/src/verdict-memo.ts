/**
 * What was found of the pairs that runs asked for, with what each answer rests on: it is used again as long as all of that
 * is the same, so it is never stale. Runs of one system ask the same over and over.
 */
import type { AcsState } from './acs.ts'
import type { PciFunction } from './pci-function.ts'
import { type P2pPath, p2pPath, type P2pVerdict, p2pVerdict } from './p2p.ts'
import type { Cpu, Topology } from './topology.ts'
import type { IdOf } from './host-bridge.ts'

interface Known {
  readonly verdict: P2pVerdict
  readonly cpu: Cpu
  /** Control words on the way, in the order of the path; -1 for a function without, -2 where it is not known. */
  readonly words: readonly number[]
  /** Functions whose ids were asked for, and the ids. */
  readonly ids: readonly { readonly fn: PciFunction; readonly vendor: number; readonly device: number }[]
}

interface Pair {
  readonly path: P2pPath
  known: Known | undefined
}

const pairs = new WeakMap<Topology, Map<PciFunction, Map<PciFunction, Pair>>>()

export interface AskedNow {
  /** The ACS registers of a function as they stand. */
  readonly acs: (fn: PciFunction) => AcsState
  readonly cpu: Cpu
  readonly idOf: IdOf
}

/** As `p2pVerdict`; asks for each ACS word on the way once, in the order of the kernel. */
export function verdictNow(topology: Topology, provider: PciFunction, client: PciFunction, now: AskedNow): P2pVerdict {
  const pair = pairOf(topology, provider, client)
  const states = pair.path.functions.map(now.acs)
  if (pair.known !== undefined && holds(pair.known, states, now)) return pair.known.verdict
  const ids: { fn: PciFunction; vendor: number; device: number }[] = []
  const verdict = p2pVerdict(topology, provider, client, {
    acs: (fn) => states[pair.path.functions.indexOf(fn)] ?? now.acs(fn),
    cpu: now.cpu,
    idOf: (fn) => {
      const { vendor, device } = now.idOf(fn)
      ids.push({ fn, vendor, device })
      return { vendor, device }
    },
  })
  pair.known = { verdict, cpu: now.cpu, words: states.map(wordOf), ids }
  return verdict
}

function holds({ cpu, words, ids }: Known, states: readonly AcsState[], now: AskedNow): boolean {
  if (cpu !== now.cpu) return false
  for (const [i, state] of states.entries()) if (words[i] !== wordOf(state)) return false
  for (const { fn, vendor, device } of ids) {
    const id = now.idOf(fn)
    if (id.vendor !== vendor || id.device !== device) return false
  }
  return true
}

const wordOf = (acs: AcsState): number => (acs.kind === 'present' ? acs.control : acs.kind === 'none' ? -1 : -2)

function pairOf(topology: Topology, provider: PciFunction, client: PciFunction): Pair {
  const ofTopology = pairs.get(topology) ?? new Map<PciFunction, Map<PciFunction, Pair>>()
  pairs.set(topology, ofTopology)
  const ofProvider = ofTopology.get(provider) ?? new Map<PciFunction, Pair>()
  ofTopology.set(provider, ofProvider)
  const pair = ofProvider.get(client) ?? { path: p2pPath(topology, provider, client), known: undefined }
  ofProvider.set(client, pair)
  return pair
}
