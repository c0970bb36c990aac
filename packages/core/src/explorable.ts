/**
 * How a machine lets somebody else choose its schedules: fresh runs of one scenario, a step at a time, each step telling
 * what it touched. An explorer decides from that which schedules are worth a run; it knows no driver and no hardware.
 */
import type { Report } from './machine.ts'
import type { Violation } from './violation.ts'

/**
 * What a step did to things that threads share. Numbers stand for things; the machine gives them out anew in each run,
 * in the order of their making.
 *
 * Two steps of different threads *conflict* when both touch one thing and one of them changes it; two `add` do not.
 */
export interface AccessLog {
  /**
   * A new thing. **Shape** `kind`: which sort of thing it is, as in `flag of a buffer`: things of a kind are told apart by
   * their history alone; `group`: of whom it is, -1 for nobody (see `ExploredRun.groupOf`); `sort`: things that are
   * likely to be shared in the same way, those of the kind unless given.
   */
  thing(kind: number, group: number, sort?: number): number
  /** What was read is a function of all that was written before. */
  read(thing: number): void
  write(thing: number): void
  /** A change that commutes with others of its sort, and whose result nobody looks at in this step: a count goes up. */
  add(thing: number): void
  /** As `read`, of a thing whose whole content is this small number. */
  readValue(thing: number, value: number): void
  /** As `read`, of what the thread forgets at once: all that came of it is in what the same step wrote. */
  readHere(thing: number): void
  /** As `write`, blind: the writer did not look. */
  writeValue(thing: number, value: number): void
  /**
   * As `add`; `value` is the content after it. **Shape** `by`, of a count: so much more than before. The step would do the same
   * whatever the count is, unless one of the last few is left.
   */
  addValue(thing: number, value: number, by?: number): void
  /** The content becomes `value`, and whoever that matters to is told by another thing. **Shape** `by` as of `addValue`. */
  noteValue(thing: number, value: number, by?: number): void
  /** As `addValue`; no step depends on the content, but one that tells that it reads it. */
  countValue(thing: number, value: number, by?: number): void
  /**
   * What the step does next depends on this, and whoever that concerns is told by other things. No conflict, and no
   * knowledge: only who remembers steps has to know.
   */
  heeds(thing: number): void
  /**
   * One is given back of those that are counted. Of a fence that waits for the last of them: it is not over before this. Of
   * a count: others are left, and none of them is the last because of this. Commutes with others of its sort.
   */
  drops(thing: number): void
  /**
   * The same of a count, and one is left: who gives that back is the last, which is a write. As long as that commutes with
   * others of its sort, what those would do next may be another thing after this. Only of a count that nobody takes from
   * without having learned elsewhere, from what is told, that some are left: orders in which one would come too late are
   * not tried for its sake.
   */
  leavesOne(thing: number): void
  /** A lock was taken or let go. Taking it conflicts with all takings of it; letting it go only orders. */
  acquire(lock: number, shared: boolean): void
  release(lock: number): void
  /** It was tried without waiting: also who lets it go is in conflict. */
  tried(lock: number): void
  /**
   * Of a lock that can be shared: somebody comes to have it alone. It takes it in the same step if nobody has it; else others
   * share it, and from now on nobody comes to share it before it.
   */
  comes(lock: number): void
  /** The step goes on after a wait for this: it comes after what made it so, and could not have come before. Told first. */
  waited(thing: number): void
  /** The step goes on where its thread stood in line: together the two are what is one step for a thread that need not. */
  resumes(): void
  /** The other side: those who wait may go on. Of several only the one that made the difference; the others looked. */
  signalled(thing: number): void
  /** The running thread calls somebody who gives nothing back, and returns: what it learned there it forgets. */
  visits(): void
  returns(): void
  /** Rounds through a list, as of `Turns`: `order` stands for its order. */
  reorders(order: number): void
  beginsRound(order: number): void
  entersTurn(order: number): void
  leavesTurn(order: number): void
  /** The running thread remembers from here on nothing but `value`. */
  settles(value: number): void
  /** The running thread is at its end and nothing of it is left. `fence` says so and has no other content; nobody else signals it. */
  ends(fence: number): void
  /** The running thread made `thread`. */
  spawned(thread: number): void
  /**
   * What came of the step that no other step can see, such as the length of a packet. No part of a state: who runs a
   * schedule twice sees by it whether both did the same.
   */
  tells?(value: number): void
}

/** Where a thread stands between two steps: all that decides when it can go on. */
export interface Standing {
  /**
   * `ready`: it can go on whatever others do. `fence`, `lock`: it waits for `thing`. `comes`: to that lock, to have it alone;
   * it can go on while others share it, to stand in line. `line`: it does. `sleep`: see `ticks`. `other`: for something that
   * the log does not know.
   */
  readonly kind: 'ready' | 'ended' | 'fence' | 'lock' | 'comes' | 'line' | 'sleep' | 'other'
  readonly thing: number
  /** It wants the lock for reading only. */
  readonly shared: boolean
  /** From the step that began the sleep; every step is one of these units. */
  readonly ticks: number
  /** It is no thread but hardware at work, which is never late: it comes before any sleeper whose time is not before its own. */
  readonly isHardware: boolean
}

/** One run of a scenario, stepped from outside. */
export interface ExploredRun {
  /** How many threads were made so far; they are numbered from 0. */
  readonly threads: number
  canRun(thread: number): boolean
  /** It is through and takes no step any more. */
  hasEnded(thread: number): boolean
  /** The lock that `thread` waits for; -1 when it waits for none. */
  blockedOn(thread: number): number
  /** It wants that lock for reading only. */
  blockedShared(thread: number): boolean
  /**
   * For who remembers what steps do instead of running them again. Where it is there, `canRun` follows from it and from the
   * log: a fence is over once it was signalled; a lock can be had when nobody has it, for reading when nobody has it for
   * writing, nor stands in line for that; a sleeper goes on when no hardware is due.
   */
  standing?(thread: number): Standing
  /** Run `thread` to its next scheduling point. **Errors** a bug in a plugin that is neither the kernel's nor a contract's. */
  step(thread: number): void
  /** For people. */
  nameOf(thread: number): string
  /** For people: what `thread` does next or waits for, as a clause, as in `waits for resv(buf), held by nic`. */
  standsAt(thread: number): string
  /** Threads of a group move together when identical parts of a machine are swapped for each other. */
  groupOf(thread: number): number
  /** Nobody runs any more: the machine went down. */
  readonly halted: boolean
  /** How many violations were found so far. */
  readonly found: number
  /** All of them. Cheap when there are none. */
  violations(): readonly Violation[]
  /**
   * Nobody can go on, or the run is given up: look at what is left over. Gives what user space saw, as text that is the
   * same when and only when every step of every actor ended in the same way; of a step that is several calls, in the same
   * ways, however often.
   */
  finish(): string
}

export interface Explorable {
  /** Stands for scenario and system: a schedule fits no other. */
  readonly digest: string
  /** Which groups are exact copies of each other: the same number for all of a class. */
  readonly groupClasses: readonly number[]
  /**
   * Has a driver read the clock (`Kernel.now`) in any run so far? It is told how long its thread has slept; that somebody held the
   * thread up between two looks is in no schedule.
   */
  readonly readsClock?: boolean
  /** A fresh run; each tells its accesses to `log`. */
  begin(log: AccessLog): ExploredRun
  /**
   * Run a schedule with every event kept, and report it: to its end, or to where the schedule ends. **Shape** `before` is told
   * of each step who takes it, when it begins. **Errors** `UsageError` `STRATEGY_CHOICE` when it chooses a thread that cannot go on.
   */
  replay(schedule: readonly number[], before?: (thread: number, name: string) => void): Report
}
