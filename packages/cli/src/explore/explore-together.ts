/** An exploration on several threads, with progress, a limit of time, and Ctrl-C. */
import { explorableOf, exploreInParts, PartControl } from '@barter/explore'
import { ProgressLine } from '../progress.ts'
import { groupDigits } from '../render/duration.ts'
import type { LoadedScenario } from '../scenario/load.ts'
import type { Terminal } from '../terminal.ts'
import type { SearchOptions, Watched } from './explore-watched.ts'
import type { SystemChoice } from './load-exploration.ts'
import { threadWorkers } from './thread-workers.ts'

/** **Shape** `undefined` when one has to search alone: no more were asked for, or they found something and not which is first. */
export async function exploreTogether(
  path: string,
  loaded: LoadedScenario,
  { workers = 1, time, ...wanted }: SearchOptions,
  choice: SystemChoice,
  terminal: Terminal,
): Promise<Watched | undefined> {
  if (workers === 1) return undefined
  const subject = explorableOf(loaded.system, loaded.scenario)
  const started = terminal.now()
  const line = terminal.watched ? new ProgressLine(terminal, `exploring ${path}`) : undefined
  const control = new PartControl()
  const progress = (done: number, parts: number, schedules: number): void => {
    const rate = Math.round(schedules / Math.max((terminal.now() - started) / 1000, 0.001))
    line?.show(`, ${groupDigits(schedules)} schedules (${groupDigits(rate)}/s), ${done} of ${parts} parts`)
  }
  const interrupted = (): void => {
    control.stop()
  }
  process.once('SIGINT', interrupted)
  const timer = time === undefined ? undefined : setTimeout(interrupted, time)
  const { plugin, set, switches } = choice
  const story = {
    path,
    choice: {
      ...(plugin === undefined ? {} : { plugin }),
      ...(set === undefined ? {} : { set }),
      ...(switches === undefined ? {} : { switches }),
    },
    cwd: terminal.cwd,
  }
  const threads = threadWorkers(workers, story, subject.digest)
  try {
    const result = await exploreInParts(subject, { ...wanted, control, progress }, threads.workers)
    return result === undefined ? undefined : { result, rest: () => undefined }
  } finally {
    clearTimeout(timer)
    process.off('SIGINT', interrupted)
    line?.wipe()
    await threads.close()
  }
}
