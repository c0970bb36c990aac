/** An exploration in this thread, with progress, a limit of time, and Ctrl-C. */
import { basename } from 'node:path'
import type { Explorable } from '@barter/core'
import {
  type Exploration,
  ExplorationRun,
  isSample,
  type SavedExploration,
  type StrategyName,
  type Tally,
} from '@barter/explore'
import { ProgressLine } from '../progress.ts'
import type { Terminal } from '../terminal.ts'
import type { Interrupts } from './interrupts.ts'
import { type HowFar, progressText, shortProgressText } from './progress-text.ts'

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
  /** It came to its end, or was stopped. */
  readonly isOver: boolean
  /** A checkpoint; `undefined` when it came to its end. */
  rest(): SavedExploration | undefined
}

/**
 * Ctrl-C ends it early, with what was covered so far, where somebody listens for that. **Shape** `isEnough`: of others, who
 * go on with it: is it time for them? Asked once there are states.
 */
export async function exploreWatched(
  path: string,
  subject: Explorable,
  wanted: SearchOptions,
  terminal: Terminal,
  interrupts?: Interrupts,
  isEnough?: () => boolean,
): Promise<Watched> {
  const started = terminal.now()
  const line = terminal.watched ? new ProgressLine(terminal, `exploring ${basename(path)}`) : undefined
  const progress = (tally: Tally): void => {
    const samples = isSample(wanted.strategy)
    const howFar: HowFar = {
      schedules: tally.schedules + tally.cuts,
      states: tally.statesNow(),
      share: tally.share(),
      of: samples ? 'samples' : 'tree',
      seconds: (terminal.now() - started) / 1000,
    }
    line?.show(progressText(howFar), shortProgressText(howFar))
  }
  let sliceEnd = 0
  let states = 0
  const run = new ExplorationRun(subject, {
    ...wanted,
    progress,
    stop: () => wanted.time !== undefined && terminal.now() - started > wanted.time,
    pause: () => terminal.now() > sliceEnd,
    // A schedule takes so long that looking at the clock costs nothing in comparison.
    lookEvery: 1,
  })
  const forget = interrupts?.on(() => {
    run.stop()
  })
  try {
    let isOver = false
    while (!isOver && !(states > 0 && isEnough?.() === true)) {
      sliceEnd = terminal.now() + SLICE_MS
      isOver = run.advance()
      states = run.states
      await letOthersRun()
    }
    return { result: run.result(), isOver, rest: () => run.save() }
  } finally {
    forget?.()
    line?.wipe()
  }
}

/** How long it takes for Ctrl-C to be heard. */
export const SLICE_MS = 200

/** Let other tasks of the process run. */
export const letOthersRun = (): Promise<true> => new Promise((resolve) => setImmediate(() => resolve(true)))
