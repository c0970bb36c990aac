/** Into which parts an exploration is cut. That depends on the scenario alone, so all workers together find the same. */
import type { Explorable } from '@barter/core'
import { unrelied } from './futures.ts'
import { DepthFirst } from './depth-first.ts'
import { mostPatient } from './learning.ts'
import type { PartResult, PartTask } from './part.ts'
import { DEFAULT_SAMPLES } from './random-walk.ts'
import type { SavedPart, SavedParts, SavedSorts, SavedTally } from './saved-search.ts'
import { runSearch } from './search.ts'
import { SharedStates } from './shared-states.ts'
import type { Found } from './tally.ts'
import { twice } from './twice.ts'

/** A part, with its result when it was done before. */
export type CutPart = PartTask & { readonly result?: PartResult }

export interface Cut {
  readonly parts: readonly CutPart[]
  /** Nothing is left out: the top of the tree was explored to where the parts begin. */
  readonly whole: boolean
  /** In the top of the tree. */
  readonly found: readonly Found[]
  readonly top?: SavedTally
  readonly states?: SharedStates
  /** What is known of things since. */
  readonly sorts?: SavedSorts
}

type Common = Omit<PartTask, 'index'>

export interface CutTreeOptions {
  readonly places: number
  readonly stop: () => boolean
  readonly pause?: () => boolean
  readonly breathe?: () => Promise<unknown>
}

/** About. */
const PARTS = 64
const SHALLOWEST = 3
const DEEPEST = 24

/** **Shape** `from`: number of the first. */
export function cutSamples(common: Common, samples = DEFAULT_SAMPLES, from = 0): Cut {
  const each = Math.max(1, Math.ceil((samples - from) / PARTS))
  const parts = Array.from({ length: Math.ceil((samples - from) / each) }, (_, index) => ({
    ...common,
    index,
    from: from + index * each,
    to: Math.min(samples, from + (index + 1) * each),
  }))
  return { parts, whole: true, found: [] }
}

/** The top of the tree is explored here, deeper and deeper until there are enough places to go on from. */
export async function cutTree(
  subject: Explorable,
  common: Common,
  { places, stop, pause, breathe }: CutTreeOptions,
): Promise<Cut> {
  const shares = common.strategy === 'states'
  let { sorts } = common
  for (let frontier = SHALLOWEST; ; frontier += Math.max(1, frontier >> 2)) {
    let states: SharedStates | undefined
    const top = new DepthFirst(common.twice === true ? twice(subject) : subject, {
      match: shares,
      everyEnd: common.twice === true,
      violations: common.violations,
      frontier,
      stop,
      lookEvery: LOOK_EVERY,
      ...(pause === undefined ? {} : { pause }),
      ...(common.preemptions === undefined ? {} : { preemptions: common.preemptions }),
      ...(sorts === undefined ? {} : { sorts }),
      table: () => (states = SharedStates.sized(places)),
    })
    await runToEnd(subject, top, breathe)
    const known = top.sorts
    // The next, deeper one rests on nothing that this one chose.
    sorts = { ...known, futures: unrelied(known.futures) }
    const { parts: subtrees, tally } = top
    const deeper = subtrees.length > 0 && subtrees.length < PARTS && frontier < DEEPEST
    if (deeper && tally.found.length === 0 && !tally.stopped && !stop()) continue
    const shared = shares && states !== undefined ? { table: states.buffer } : {}
    const parts = subtrees.map((subtree, index) => ({ ...common, index, subtree, sorts: known, ...shared }))
    return {
      parts,
      whole: !tally.stopped,
      found: tally.found,
      top: tally.save(),
      sorts: known,
      ...(states === undefined ? {} : { states }),
    }
  }
}

/**
 * Walks of chance, for longer than before, by one who knows what all parts have seen: they may see what comes where the parts
 * went no further. **Shape** `turn`: each looks elsewhere; `undefined` when the search has to begin anew all the same.
 */
export async function seeFurther(
  subject: Explorable,
  common: Common,
  sorts: SavedSorts,
  turn: number,
  { stop, pause, breathe }: Omit<CutTreeOptions, 'places'>,
): Promise<SavedSorts | undefined> {
  if (common.twice === true) return undefined
  const top = new DepthFirst(subject, {
    match: true,
    violations: common.violations,
    frontier: 1,
    stop,
    lookEvery: LOOK_EVERY,
    ...(pause === undefined ? {} : { pause }),
    sorts: { ...sorts, learning: mostPatient(turn) },
  })
  await runToEnd(subject, top, breathe)
  // One that began anew has forgotten what the parts rest on.
  const { restarts, stopped } = top.tally
  return restarts > 0 || stopped ? undefined : top.sorts
}

async function runToEnd(subject: Explorable, top: DepthFirst, breathe: CutTreeOptions['breathe']): Promise<void> {
  runSearch(subject, top)
  while (top.tally.paused && !top.tally.stopped) {
    await breathe?.()
    runSearch(subject, top)
  }
}

/** Runs between two looks at who wants to stop it. */
const LOOK_EVERY = 8

/** As it was cut, with what is done by now. **Shape** `table`: of `SharedStates.save`. */
export function cutAgain(
  { top, sorts }: SavedParts,
  parts: readonly SavedPart[],
  table: Int32Array | undefined,
  common: Common,
): Cut {
  const states = table === undefined ? undefined : SharedStates.of(table)
  const shared = states === undefined ? {} : { table: states.buffer }
  return {
    parts: parts.map(({ done, ...part }) => ({
      ...common,
      ...part,
      ...shared,
      ...(done === undefined ? {} : { result: { tally: done, whole: true, foundEnough: false } }),
    })),
    whole: true,
    found: top?.found ?? [],
    ...(top === undefined ? {} : { top }),
    ...(states === undefined ? {} : { states }),
    ...(sorts === undefined ? {} : { sorts }),
  }
}
