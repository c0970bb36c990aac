/** An exploration on several threads, with progress, a limit of time, and Ctrl-C. */
import { basename } from 'node:path'
import { explorableOf, ExplorationInParts, PartControl } from '@barter/explore'
import { ProgressLine } from '../progress.ts'
import type { LoadedScenario } from '../scenario/load.ts'
import type { Terminal } from '../terminal.ts'
import { letOthersRun, type SearchOptions, SLICE_MS, type Watched } from './explore-watched.ts'
import { progressText } from './progress-text.ts'
import type { SystemChoice } from '../scenario/system-choice.ts'
import { threadWorkers } from './thread-workers.ts'

/** **Shape** `undefined` when one has to search alone: no more were asked for, or they found something and not which is first. */
export async function exploreTogether(
  path: string,
  loaded: LoadedScenario,
  wanted: SearchOptions,
  choice: SystemChoice,
  terminal: Terminal,
): Promise<Watched | undefined> {
  const { workers = wanted.resume?.parts?.workers ?? 1, time } = wanted
  if (workers === 1 && wanted.resume?.parts === undefined) return undefined
  const subject = explorableOf(loaded.system, loaded.scenario)
  const control = new PartControl()
  const interrupted = (): void => {
    control.stop()
  }
  process.once('SIGINT', interrupted)
  const timer = time === undefined ? undefined : setTimeout(interrupted, time)
  const threads = threadWorkers(workers, { path, choice: onlyGiven(choice), cwd: terminal.cwd }, subject.digest)
  let sliceEnd = terminal.now() + SLICE_MS
  const breathe = async (): Promise<void> => {
    await letOthersRun()
    sliceEnd = terminal.now() + SLICE_MS
  }
  const pause = (): boolean => terminal.now() >= sliceEnd
  let stop: (() => void) | undefined
  try {
    const run = new ExplorationInParts(subject, { ...wanted, control, pause, breathe }, threads.workers)
    stop = watch(run, path, terminal)
    const result = await run.explore()
    for (const death of run.deaths) terminal.err(`${messageOf(death)}; others did its part\n`)
    return result === undefined ? undefined : { result, rest: () => run.save() }
  } finally {
    clearTimeout(timer)
    process.off('SIGINT', interrupted)
    stop?.()
    await threads.close()
  }
}

/** A line that tells how far it is. **Shape** gives how to end it. */
function watch(run: ExplorationInParts, path: string, terminal: Terminal): () => void {
  if (!terminal.watched) return () => undefined
  const line = new ProgressLine(terminal, `exploring ${basename(path)}`)
  const started = terminal.now()
  const timer = setInterval(() => {
    const { share, schedules, states } = run.progress
    line.show(progressText({ schedules, states, share, of: 'parts', seconds: (terminal.now() - started) / 1000 }))
  }, EVERY_MS)
  return () => {
    clearInterval(timer)
    line.wipe()
  }
}

const EVERY_MS = 250

const onlyGiven = ({ plugin, set, switches }: SystemChoice): SystemChoice => ({
  ...(plugin === undefined ? {} : { plugin }),
  ...(set === undefined ? {} : { set }),
  ...(switches === undefined ? {} : { switches }),
})

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
