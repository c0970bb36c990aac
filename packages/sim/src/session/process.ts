/** A process: its table of descriptors, and its end. */
import { DmaBuf, KernelError, mixA, type Op, type Shared, type Task, UNWATCHED } from '@barter/core'
import { SimFence } from '../kernel/fence.ts'
import type { Watch } from '../kernel/watch.ts'
import { BufferFile, ImportFile, type OpenFile } from './open-file.ts'

/** 0, 1 and 2 are taken, as in any process. */
const FIRST_FD = 3

export class Process {
  readonly name: string
  /** By number. What a process has in an importing driver stands here too, though a real one has no number for it. */
  readonly #table: (OpenFile | undefined)[] = []
  /** Of each file there: which of all that were ever installed it is, or which of all that were sent. */
  readonly #numbers: number[] = []
  #installed = 0
  #actors: number
  /** It has one thread alone: what that installs in which order is no matter of schedules. */
  readonly isOfOne: boolean
  /** That thread, while schedules are explored. */
  thread: Task | undefined
  /** Of the table and of how many threads there are, for explorers. */
  readonly #shared: Shared
  /** Signals when somebody kills it. */
  readonly killed: SimFence

  /** **Shape** `actors`: how many threads it has; it exits with the last one. `group`: of its one thread, as of `Watch`. */
  constructor(name: string, actors: number, watch?: Watch, group = -1) {
    this.name = name
    this.#actors = actors
    this.isOfOne = actors === 1
    this.#shared = watch?.shared('descriptors of a process', group) ?? UNWATCHED
    this.killed = new SimFence(`kill of ${name}`, { watch, group })
  }

  /**
   * Put a file into the lowest free place. The reference of the caller goes over to the table. **Shape** `sent`: stands for
   * it, for explorers, if it comes from another process: those come in any order.
   */
  install(file: OpenFile, sent?: number): number {
    this.#look()
    let at = this.#table.indexOf(undefined)
    if (at < 0) at = this.#table.length
    this.#table[at] = file
    this.#numbers[at] = sent ?? ++this.#installed
    this.#noteKept(file, true)
    this.#change()
    return FIRST_FD + at
  }

  /** All its threads are through: nothing can be sent to it. */
  isGone(): boolean {
    this.#look()
    return this.#actors === 0
  }

  has(file: OpenFile): boolean {
    this.#look()
    return this.#table.includes(file)
  }

  /** Take a descriptor out of the table and drop its reference. **Errors** EBADF when there is none (DMB-4). */
  *close(file: OpenFile, name: string): Op<void> {
    this.#look()
    const at = this.#table.indexOf(file)
    if (at < 0) throw new KernelError('EBADF', 'DMB-4', `${this.name} has no descriptor of ${name}`)
    this.#table[at] = undefined
    this.#noteKept(file, false)
    this.#change()
    yield* file.drop()
  }

  /** One of its actors is through. With the last one all descriptors are closed, in the order of their numbers. */
  *actorEnded(): Op<void> {
    this.#look()
    this.#actors--
    this.#change()
    if (this.#actors > 0) return
    for (const [at, file] of this.#table.entries()) {
      this.#table[at] = undefined
      if (file !== undefined) this.#noteKept(file, false)
      this.#change()
      if (file !== undefined) yield* file.drop()
    }
  }

  /** A descriptor of a buffer is a reference to it, and so is an import, as long as nobody else has that. */
  #noteKept(file: OpenFile, kept: boolean): void {
    if (this.thread === undefined) return
    if (file instanceof BufferFile) file.buffer.noteKept(this.thread, 'descriptor', kept)
    else if (file instanceof ImportFile && !file.isShared && file.buffer instanceof DmaBuf) {
      file.buffer.noteKept(this.thread, 'import', kept)
    }
  }

  #look(): void {
    if (this.isOfOne) this.#shared.readValue(this.#value)
    else this.#shared.read()
  }

  #change(): void {
    if (this.isOfOne) this.#shared.writeValue(this.#value)
    else this.#shared.write()
  }

  get #value(): number {
    return this.#table.reduce(
      (sum, file, at) => (file === undefined ? sum : mixA(mixA(sum, at), this.#numbers[at] ?? 0)),
      this.#actors,
    )
  }
}
