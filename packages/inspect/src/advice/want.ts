/** The smallest set of changes that makes wanted devices reach each other directly, with its price and its proof. */
import { type Bdf, parseBdf, type PciFunction, type Topology } from '@barter/core'
import { functionName, wantedBridge, wantedFew } from '../errors.ts'
import { isEndpoint } from '../report/exportable.ts'
import { type KernelVersion, kernelVersion } from './kernel-version.ts'
import { type PairNeed, pairNeed, smallestClearSet } from './pair-need.ts'
import { type SlotCandidate, slotCandidates } from './slots.ts'
import { type WantedPair, type Way, waysToClear } from './ways.ts'

export interface Advice {
  readonly wanted: readonly Bdf[]
  /**
   * `direct`: nothing to do. `possible`: the ways do it. `partly`: they do it for some pairs. `impossible`: no software
   * can. `unknown`: some ACS words have to be read first.
   */
  readonly status: 'direct' | 'possible' | 'partly' | 'impossible' | 'unknown'
  /** Every ordered pair, and what it needs. */
  readonly pairs: readonly PairNeed[]
  /** Functions that have to stop redirecting: all of them, and no others. */
  readonly clear: readonly Bdf[]
  /** Least harm first; each does it alone. */
  readonly ways: readonly Way[]
  /** For pairs that no software can help: moves of one card that would. */
  readonly slots: readonly SlotCandidate[]
  /** What to read, as commands for root, where the answer is open. */
  readonly collect: readonly string[]
}

export interface WantOptions {
  /** Kernel that the advice is for; the capture's unless given. */
  readonly kernel?: KernelVersion | undefined
}

/**
 * Advice for two functions or more, all pairs of them in both directions.
 * **Errors** `UsageError` `FUNCTION_NAME`, `DEVICE_UNKNOWN`, `WANTED_BRIDGE`, `WANTED_FEW`. **Source** P2P-21, ACS-9 to ACS-15
 */
export function adviseWanted(topology: Topology, names: readonly string[], options: WantOptions = {}): Advice {
  const functions = [...new Set(names.map((name) => topology.get(named(name))))]
  if (functions.length < 2) throw wantedFew(names)
  const bridge = functions.find((fn) => !isEndpoint(fn))
  if (bridge !== undefined) throw wantedBridge(bridge.bdf)
  const wanted = functions.flatMap((a) => functions.filter((b) => b !== a).map((b): WantedPair => [a, b]))
  const pairs = wanted.map(([a, b]) => pairNeed(topology, a, b))
  const clear = smallestClearSet(pairs)
  const version = options.kernel ?? kernelVersion(topology.kernelRelease)
  const solved = wanted.filter((_, i) => pairs[i]?.kind === 'clear' || pairs[i]?.kind === 'direct')
  return {
    wanted: functions.map(({ bdf }) => bdf),
    status: statusOf(pairs),
    pairs,
    clear,
    ways: waysToClear(topology, clear, solved, version),
    slots: pairs.some((need) => need.kind === 'impossible' && need.noCommonSwitch)
      ? slotCandidates(topology, wanted)
      : [],
    collect: collectFor(topology, pairs),
  }
}

function statusOf(pairs: readonly PairNeed[]): Advice['status'] {
  const kinds = new Set(pairs.map(({ kind }) => kind))
  if (kinds.has('unknown')) return 'unknown'
  if (kinds.has('impossible')) return kinds.has('clear') || kinds.has('direct') ? 'partly' : 'impossible'
  return kinds.has('clear') ? 'possible' : 'direct'
}

/** A silent function tells nothing to anybody until it is awake. */
function collectFor(topology: Topology, pairs: readonly PairNeed[]): readonly string[] {
  const read = [...new Set(pairs.flatMap((need) => (need.kind === 'unknown' ? need.read : [])))].sort()
  const hidden = pairs.some((need) => need.kind === 'unknown' && need.bridgesHidden === true)
  const whole = hidden ? ['lspci -vvv -nn, or barter capture: this capture does not show every bridge'] : []
  const words = read.map((bdf) => {
    const fn: PciFunction = topology.get(bdf)
    return fn.config.silent
      ? `wake ${bdf}, which does not answer, and take the capture again`
      : `setpci -s ${bdf} ECAP_ACS+6.w`
  })
  return [...whole, ...words]
}

function named(text: string): Bdf {
  const bdf = parseBdf(text)
  if (bdf === undefined) throw functionName(text)
  return bdf
}
