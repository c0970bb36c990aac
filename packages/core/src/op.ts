/**
 * How code runs: a kernel thread is a generator, and these are the only values it may yield.
 *
 * Whoever drives the generator (a machine's scheduler, the explorer, a test) decides who goes on next. A function that
 * may sleep or be preempted is a `function*` returning `Op<T>` and is always called with `yield*`. This is the one file
 * with a bare `yield`.
 */
import type { Fence, LockMode, Waitable } from './kernel.ts'

export type Trap =
  /** A scheduling point before an act that others can see; the label reads well in a timeline. */
  | { readonly kind: 'point'; readonly label: string }
  /** Block until the lock can be had in this mode; the driver of the thread grants it before it resumes. */
  | { readonly kind: 'acquire'; readonly lock: Waitable; readonly mode: LockMode }
  /** Block until the fence has signalled. */
  | { readonly kind: 'wait'; readonly fence: Fence; readonly why: string }
  /** Block for virtual time. One tick is one microsecond of the modelled machine. */
  | { readonly kind: 'sleep'; readonly ticks: number }

/** A piece of kernel (or device) work that may sleep and that gives a `T`. */
export type Op<T> = Generator<Trap, T, void>

/** Let others run before a visible act. */
export function* point(label: string): Op<void> {
  yield { kind: 'point', label }
}

/** Wait for a lock. Drivers use the methods of `Lock` and `RwSem`, which call this. */
export function* acquire(lock: Waitable, mode: LockMode): Op<void> {
  yield { kind: 'acquire', lock, mode }
}

/** Wait, uninterruptibly and without limit, until `fence` has signalled; `why` names the wait, as in `unmap`. */
export function* waitFor(fence: Fence, why: string): Op<void> {
  if (!fence.passes()) yield { kind: 'wait', fence, why }
}

export function* sleep(ticks: number): Op<void> {
  yield { kind: 'sleep', ticks }
}

/** The value of an operation that has nothing to wait for. */
export function* done<T>(value: T): Op<T> {
  return value
}

/** An operation that has nothing to wait for, and does `act` when it is run. */
export function* atOnce<T>(act: () => T): Op<T> {
  return act()
}

/**
 * Run a lone operation to its end, for tests and for set-up outside a run: points and sleeps pass at once.
 *
 * **Errors** an `Error` when the operation blocks: there is nobody who could wake it.
 */
export function drive<T>(op: Op<T>): T {
  for (;;) {
    const next = op.next()
    if (next.done === true) return next.value
    const trap = next.value
    if (trap.kind === 'wait') throw new Error(`drive: would wait for ${trap.fence.name} (${trap.why}) for ever`)
    if (trap.kind === 'acquire' && !trap.lock.tryGrant(trap.mode)) {
      throw new Error(`drive: would wait for ${trap.lock.name} for ever`)
    }
  }
}
