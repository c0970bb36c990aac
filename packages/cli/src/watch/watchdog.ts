/**
 * Breaks off what a driver never comes back from, as a loop that lets nobody else run: all of a search is one thread, which
 * could not even hear Ctrl-C any more. How long a search takes is of no consequence: only a single step may be too long.
 */
import { existsSync } from 'node:fs'
import { url as inspectorUrl } from 'node:inspector'
import { fileURLToPath } from 'node:url'
import { Worker as Thread } from 'node:worker_threads'
import { UsageError } from '@barter/core'
import { duration } from '../explore/number-options.ts'
import { blamePlugin } from '../plugins/blame-plugin.ts'
import type { Terminal } from '../terminal.ts'
import { hangAt } from './hang.ts'
import { StepLog } from './step-log.ts'
import { type StackFrame, VERDICT } from './watchdog-words.ts'

/** Thousands of times what a step takes. **Units** milliseconds. */
const PATIENCE_MS = 10_000

/** A thread needs the built file; sources are run by tests. */
const FILE = new URL('./watchdog-thread.js', import.meta.url)

/**
 * Do `work`, of which each step of a driver is noted in the log that it is given: none where nobody looks at it, as while
 * somebody debugs. Where a driver fails in a run, what led there is told. **Shape** `patience` as a person gives it.
 * **Errors** `UsageError` `OPTION_INVALID`, `DRIVER_HANGS`; those of `work`.
 */
export async function watched<T>(
  terminal: Terminal,
  patience: string | undefined,
  work: (log: StepLog | undefined) => Promise<T>,
): Promise<T> {
  const limit = duration('--patience', patience, '10s') ?? PATIENCE_MS
  const { ownProcess } = terminal
  if (ownProcess === undefined || inspectorUrl() !== undefined || !existsSync(fileURLToPath(FILE)))
    return work(undefined)
  const watchdog = new Watchdog(limit)
  const { log } = watchdog
  try {
    return await Promise.race([work(log), watchdog.barks()])
  } catch (error) {
    if (isHang(error)) {
      // Nothing of what was broken off tidies up behind itself.
      ownProcess.endWithCommand()
      terminal.err(terminal.watched ? '\r\u001b[2K' : '')
    } else if (log.where.length === 0 || !isOfDriver(error)) throw error
    // A driver that does otherwise each time may hang there as well, or fail before.
    await Promise.race([tellStory(log), watchdog.barks()]).catch(() => undefined)
    throw error
  } finally {
    await watchdog.close()
  }
}

const isHang = (error: unknown): boolean => error instanceof UsageError && error.code === 'DRIVER_HANGS'

/** It failed in the middle of a run: what led there is worth to know. */
const isOfDriver = (error: unknown): boolean =>
  error instanceof UsageError ? error.code === 'DRIVER_BROKEN' : blamePlugin(error) !== undefined

async function tellStory(log: StepLog): Promise<void> {
  await log.tellsStory()
}

class Watchdog {
  readonly log: StepLog
  readonly #thread: Thread
  #bark: (hang: UsageError) => void = () => undefined

  constructor(patience: number) {
    this.log = StepLog.withPatience(patience)
    this.#thread = new Thread(FILE, { workerData: this.log.shared })
    let found: UsageError | undefined
    this.#thread.on('message', () => {
      if (found !== undefined) this.#bark(found)
    })
    // Without it nothing is watched, as where Node has no inspector, and all else is as ever.
    this.#thread.on('error', () => undefined)
    this.#thread.unref()
    const judge = (frames: readonly StackFrame[]): boolean => {
      found = hangAt(this.log, frames)
      // Nobody else may be left to wait for.
      if (found !== undefined) this.#thread.ref()
      return found !== undefined
    }
    Reflect.set(globalThis, Symbol.for(VERDICT), judge)
  }

  /** Never ends well. **Errors** `UsageError` `DRIVER_HANGS` with the next that is broken off. */
  barks(): Promise<never> {
    return new Promise((_, reject) => {
      this.#bark = reject
    })
  }

  async close(): Promise<void> {
    Reflect.deleteProperty(globalThis, Symbol.for(VERDICT))
    await this.#thread.terminate()
  }
}
