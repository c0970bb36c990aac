/** An exploration that somebody watches: with progress, a limit of time, and Ctrl-C. */
import {
  explorableOf,
  type Exploration,
  ExplorationRun,
  type SavedExploration,
  type StrategyName,
  type Tally,
} from '@barter/explore'
import { ProgressLine } from '../progress.ts'
import { groupDigits } from '../render/duration.ts'
import type { LoadedScenario } from '../scenario/load.ts'
import type { Terminal } from '../terminal.ts'

export interface SearchOptions {
  readonly strategy: StrategyName
  readonly preemptions?: number
  readonly schedules?: number
  readonly seed?: number
  readonly stopAtFirst: boolean
  readonly twice?: boolean
  readonly workers?: number
  readonly resume?: SavedExploration
  /** **Units** milliseconds. */
  readonly time?: number
}

export interface Watched {
  readonly result: Exploration
  /** What it takes to go on; `undefined` when it came to its end. */
  rest(): SavedExploration | undefined
}

/** Ctrl-C ends it early, with what was covered so far. */
export async function exploreWatched(
  path: string,
  loaded: LoadedScenario,
  wanted: SearchOptions,
  terminal: Terminal,
): Promise<Watched> {
  const started = terminal.now()
  const line = terminal.watched ? new ProgressLine(terminal, `exploring ${path}`) : undefined
  const progress = (tally: Tally): void => {
    const seconds = (terminal.now() - started) / 1000
    const rate = Math.round((tally.schedules + tally.cuts) / Math.max(seconds, 0.001))
    const samples = wanted.strategy === 'random' || wanted.strategy === 'pct'
    line?.show(
      `, ${groupDigits(tally.schedules + tally.cuts)} schedules (${groupDigits(rate)}/s)${estimate(tally.share(), samples, seconds)}`,
    )
  }
  let sliceEnd = 0
  const run = new ExplorationRun(explorableOf(loaded.system, loaded.scenario), {
    ...wanted,
    progress,
    stop: () => wanted.time !== undefined && terminal.now() - started > wanted.time,
    pause: () => terminal.now() > sliceEnd,
  })
  const interrupted = (): void => {
    run.stop()
  }
  process.once('SIGINT', interrupted)
  try {
    do sliceEnd = terminal.now() + SLICE_MS
    while (!run.advance() && (await breathe()))
    return { result: run.result(), rest: () => run.save() }
  } finally {
    process.off('SIGINT', interrupted)
    line?.wipe()
  }
}

/** Of samples the time that is left follows; branches of a tree are not alike, so of them only what is done of the top. */
export function estimate(share: number, samples: boolean, seconds: number): string {
  if (share <= 0) return ''
  const percent = `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`
  if (!samples) return `, ${share < 0.001 ? 'less than 0.1 %' : `about ${percent}`} of the top of the tree`
  return `, ${percent}, about ${Math.ceil((seconds * (1 - share)) / share)} s left`
}

/** How long it takes for Ctrl-C to be heard. */
const SLICE_MS = 200

/** Let what else waits be done. */
const breathe = (): Promise<true> => new Promise((resolve) => setImmediate(() => resolve(true)))
