/** Cuts an exploration into parts. The cut depends on the scenario alone, so any number of workers finds the same. */
import type { Explorable } from '@barter/core'
import { DepthFirst } from './depth-first.ts'
import type { PartCommon, PartResult, PartTask } from './part.ts'
import { DEFAULT_SAMPLES } from './random-walk.ts'
import type { SavedPart, SavedTally } from './saved-search.ts'
import { runSearch } from './search.ts'
import type { Found } from './tally.ts'
import { twice } from './twice.ts'

/** The parts, each with its result if it was done before. */
export type CutPart = PartTask & { readonly result?: PartResult }

export interface Cut {
  readonly parts: readonly CutPart[]
  /** Nothing is left out: the top of the tree was explored to where the parts begin. */
  readonly whole: boolean
  /** In the top of the tree. */
  readonly found: readonly Found[]
  readonly top?: SavedTally
}

export interface CutTreeOptions {
  readonly stop: () => boolean
  readonly pause?: () => boolean
  readonly breathe?: () => Promise<unknown>
}

/** About. */
const PARTS = 64
const SHALLOWEST = 3
const DEEPEST = 24

/** **Shape** `from`: number of the first. */
export function cutSamples(common: PartCommon, samples = DEFAULT_SAMPLES, from = 0): Cut {
  const each = Math.max(1, Math.ceil((samples - from) / PARTS))
  const parts = Array.from({ length: Math.ceil((samples - from) / each) }, (_, index) => ({
    kind: 'part' as const,
    ...common,
    index,
    from: from + index * each,
    to: Math.min(samples, from + (index + 1) * each),
  }))
  return { parts, whole: true, found: [] }
}

/** Explores the top of the tree, deeper and deeper until there are enough places to continue from. */
export async function cutTree(
  subject: Explorable,
  common: PartCommon,
  { stop, pause, breathe }: CutTreeOptions,
): Promise<Cut> {
  for (let frontier = SHALLOWEST; ; frontier++) {
    const top = new DepthFirst(common.twice === true ? twice(subject) : subject, {
      match: false,
      everyEnd: common.twice === true,
      violations: common.violations,
      outcomes: common.outcomes ?? false,
      frontier,
      stop,
      lookEvery: LOOK_EVERY,
      ...(pause === undefined ? {} : { pause }),
      ...(common.preemptions === undefined ? {} : { preemptions: common.preemptions }),
    })
    await runToEnd(subject, top, breathe)
    const { parts: subtrees, tally } = top
    const deeper = subtrees.length > 0 && subtrees.length < PARTS && frontier < DEEPEST
    if (deeper && tally.found.length === 0 && !tally.stopped && !stop()) continue
    const parts = subtrees.map((subtree, index) => ({ kind: 'part' as const, ...common, index, subtree }))
    return { parts, whole: !tally.stopped, found: tally.found, top: tally.save() }
  }
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

/** The same cut again, with what is done by now. */
export function cutAgain(top: SavedTally | undefined, parts: readonly SavedPart[], common: PartCommon): Cut {
  return {
    parts: parts.map(({ done, ...part }) => ({
      kind: 'part',
      ...common,
      ...part,
      ...(done === undefined
        ? {}
        : { result: { kind: 'part' as const, tally: done, whole: true, foundEnough: false } }),
    })),
    whole: true,
    found: top?.found ?? [],
    ...(top === undefined ? {} : { top }),
  }
}
