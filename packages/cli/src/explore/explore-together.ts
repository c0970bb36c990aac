/** An exploration on several threads, with progress, a limit of time, and Ctrl-C. */
import { basename } from 'node:path'
import { driverHangs, type Explorable, NO_LOG } from '@barter/core'
import { ExplorationInParts, PartControl, TaskRunner, type Worker } from '@barter/explore'
import { ProgressLine } from '../progress.ts'
import type { Terminal } from '../terminal.ts'
import { exploreWatched, letOthersRun, type SearchOptions, SLICE_MS, type Watched } from './explore-watched.ts'
import type { Interrupts } from './interrupts.ts'
import { progressText, shortProgressText } from './progress-text.ts'
import type { SystemChoice } from '../scenario/system-choice.ts'
import { ThreadHangs, type ThreadWorkers, threadWorkers } from './thread-workers.ts'
import { whenText } from '../watch/hang.ts'

/** What one did alone before the others came, so that the line of progress goes on from there. */
interface Before {
  readonly started: number
  readonly schedules: number
}

/** A search by state matching begins in one thread: starting threads costs more than a small search. */
const ALONE_MS = 1000

/**
 * **Shape** gives `undefined` when a single search is needed: no workers were asked for, or they found something, but not what
 * comes first.
 */
export async function exploreTogether(
  path: string,
  subject: Explorable,
  wanted: SearchOptions,
  choice: SystemChoice,
  terminal: Terminal,
  interrupts: Interrupts,
  patience?: number,
): Promise<Watched | undefined> {
  const { workers = wanted.resume?.parts?.workers ?? 1, strategy, resume } = wanted
  if (workers === 1 && resume?.parts === undefined) return undefined
  const started = terminal.now()
  const story = { path, choice: onlyGiven(choice), cwd: terminal.cwd }
  let threads: ThreadWorkers | undefined
  /** **Shape** `here`: so many of them work in this thread. */
  const start = (here: number): ThreadWorkers =>
    (threads ??= threadWorkers(workers, here, story, subject.digest, patience))
  try {
    if (strategy !== 'states' || resume !== undefined)
      return await unlessHung(subject, start(0), (all) =>
        goOn(path, subject, wanted, all, terminal, interrupts, { started, schedules: 0 }),
      )
    const isEnough = (): boolean => terminal.now() - started > ALONE_MS && start(1).areReady()
    const alone = await exploreWatched(path, subject, wanted, terminal, interrupts, isEnough)
    const rest = alone.isOver ? undefined : alone.rest()
    if (rest === undefined) return alone
    const time = wanted.time === undefined ? {} : { time: wanted.time - (terminal.now() - started) }
    const further = { ...wanted, ...time, resume: rest }
    const before = { started, schedules: alone.result.schedules + alone.result.cuts }
    return await unlessHung(subject, start(1), (all) => goOn(path, subject, further, all, terminal, interrupts, before))
  } finally {
    await threads?.close()
  }
}

/** **Errors** `UsageError` `DRIVER_HANGS` when one of the threads is at a step that does not come back; those of `work`. */
async function unlessHung<T>(
  subject: Explorable,
  threads: ThreadWorkers,
  work: (threads: ThreadWorkers) => Promise<T>,
): Promise<T> {
  try {
    return await Promise.race([work(threads), threads.hangs])
  } catch (error) {
    if (!(error instanceof ThreadHangs)) throw error
    await threads.close()
    const { message: worker, where } = error
    const run = subject.begin(NO_LOG)
    // Here it is seen where, when it does not come back either.
    for (const thread of where.path ?? []) run.step(thread)
    if (where.stage === 'end') run.finish()
    const last = where.path?.at(-1)
    throw driverHangs('a driver', {
      place: undefined,
      calls: [],
      when: `${whenText(where, last === undefined ? undefined : run.nameOf(last))}, in ${worker} (run again alone it comes back)`,
      seconds: error.patience / 1000,
    })
  }
}

/** As `exploreTogether`. **Shape** `threads`: when they are fewer than are wanted, one works here. */
async function goOn(
  path: string,
  subject: Explorable,
  wanted: SearchOptions,
  threads: ThreadWorkers,
  terminal: Terminal,
  interrupts: Interrupts,
  before: Before,
): Promise<Watched | undefined> {
  const { time, workers = 1 } = wanted
  const control = new PartControl()
  const interrupted = (): void => {
    control.stop()
  }
  const forget = interrupts.on(interrupted)
  const timer = time === undefined ? undefined : setTimeout(interrupted, Math.max(0, time))
  let sliceEnd = terminal.now() + SLICE_MS
  const breathe = async (): Promise<void> => {
    await letOthersRun()
    sliceEnd = terminal.now() + SLICE_MS
  }
  const pause = (): boolean => terminal.now() >= sliceEnd
  const runner = new TaskRunner(subject, pause)
  const here: Worker = {
    isHere: true,
    run: async (task) => {
      await breathe()
      return runner.run(task)
    },
  }
  const all = threads.workers.length < workers ? [here, ...threads.workers] : threads.workers
  let stop: (() => void) | undefined
  try {
    const run = new ExplorationInParts(subject, { ...wanted, control, pause, breathe }, all)
    stop = watch(run, path, terminal, before)
    const result = await run.explore()
    for (const death of run.deaths) terminal.err(`${messageOf(death)}; others did its part\n`)
    return result === undefined ? undefined : { result, isOver: true, rest: () => run.save() }
  } finally {
    clearTimeout(timer)
    forget()
    stop?.()
  }
}

/** Show progress in a line. **Shape** gives a function that ends it. */
function watch(run: ExplorationInParts, path: string, terminal: Terminal, before: Before): () => void {
  if (!terminal.watched) return () => undefined
  const { started } = before
  const line = new ProgressLine(terminal, `exploring ${basename(path)}`, started)
  const timer = setInterval(() => {
    const { share, states } = run.progress
    const schedules = before.schedules + run.progress.schedules
    const howFar = { schedules, states, share, of: 'parts', seconds: (terminal.now() - started) / 1000 } as const
    line.show(progressText(howFar), shortProgressText(howFar))
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
