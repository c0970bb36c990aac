/** What a driver gives, looked at where it comes in: plain JavaScript has no compiler that would have said so before. */
import { UsageError } from './errors.ts'
import type { Op } from './op.ts'

/**
 * What `call` of a driver gave, if it can be run. **Shape** `whose`: the driver, or whoever else is meant, for the message.
 * **Errors** `UsageError` `DRIVER_BROKEN` for anything but an operation.
 */
export function operation<T>(given: Op<T>, call: string, whose: string): Op<T> {
  if (isOperation(given)) return given
  throw driverBroken(whose, `${call} gives ${described(given)}, and has to give an operation`, hintFor(given))
}

const NEEDED_OPS = ['map', 'unmap', 'release'] as const

/** The operations of a buffer are there. **Errors** `UsageError` `DRIVER_BROKEN`. */
export function demandOps(ops: Partial<Record<(typeof NEEDED_OPS)[number], unknown>>, exporter: string): void {
  const lack = NEEDED_OPS.find((name) => typeof ops[name] !== 'function')
  if (lack === undefined) return
  throw driverBroken(
    exporter,
    `a DmaBuf of it has no ops.${lack}()`,
    'the operations of a buffer are map(), unmap() and release()',
  )
}

/** What to do when a call gives `value` in place of what it has to give. **Shape** `usual`: of most values. */
export const hintOfValue = (value: unknown, usual: string): string =>
  isOperation(value) ? 'call it with yield*: without, it is made and does not run' : usual

/** **Shape** `what` goes on after the driver's name. */
export const driverBroken = (whose: string, what: string, hint: string): UsageError =>
  new UsageError('DRIVER_BROKEN', `driver ${whose}: ${what}`, { hint })

/** Where a driver is that never comes back. */
export interface Hanging {
  /** As a clause: `in step 7, of nic`. */
  readonly when: string
  readonly seconds: number
  /** A file with its line. */
  readonly place: string | undefined
  /** Names of calls that are under way there, innermost first. */
  readonly calls: readonly string[]
}

/** Names of calls that are told. */
const MOST_CALLS = 3

/** **Shape** `who`: `driver nic`, `a driver`. */
export function driverHangs(who: string, { when, seconds, place, calls }: Hanging): UsageError {
  const led = calls.slice(0, MOST_CALLS).join(', called by ')
  const where = place === undefined ? '' : `, at ${place}${led === '' ? '' : ` (${led})`}`
  return new UsageError(
    'DRIVER_HANGS',
    `${who} does not come back: ${when}, it still runs after ${seconds} s${where}`,
    {
      hint: "let the loop come to an end, or let others run in it: yield* point('…'), sleep or a lock",
    },
  )
}

/** As a person would call it: `a promise`, `undefined`, `5`. */
export function described(value: unknown): string {
  if (isPromise(value)) return 'a promise'
  if (isOperation(value)) return 'an operation that nobody ran'
  if (typeof value === 'function') return 'a function'
  if (typeof value === 'string') return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value)
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'object' && value !== null ? 'an object' : String(value)
}

const isOperation = (value: unknown): boolean =>
  typeof (value as { readonly next?: unknown } | null | undefined)?.next === 'function'

const isPromise = (value: unknown): boolean =>
  typeof (value as { readonly then?: unknown } | null | undefined)?.then === 'function'

const hintFor = (given: unknown): string =>
  isPromise(given)
    ? 'no driver is async: write it as function*, and wait with yield*'
    : 'write it as function*, in a class with a star before its name; done(value) is one that has nothing to wait for'
