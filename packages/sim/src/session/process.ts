/** A process: its table of descriptors, and its end. */
import { KernelError, type Op, type Shared, UNWATCHED } from '@barter/core'
import { SimFence } from '../kernel/fence.ts'
import type { Watch } from '../kernel/watch.ts'
import type { OpenFile } from './open-file.ts'

/** 0, 1 and 2 are taken, as in any process. */
const FIRST_FD = 3

export class Process {
  readonly name: string
  /** By number. What a process has in an importing driver stands here too, though a real one has no number for it. */
  readonly #table: (OpenFile | undefined)[] = []
  #actors: number
  /** Of the table and of how many threads there are, for explorers. */
  readonly #shared: Shared
  /** Signals when somebody kills it. */
  readonly killed: SimFence

  /** **Shape** `actors`: how many threads it has; it exits with the last one. */
  constructor(name: string, actors: number, watch?: Watch) {
    this.name = name
    this.#actors = actors
    this.#shared = watch?.shared('descriptors of a process') ?? UNWATCHED
    this.killed = new SimFence(`end of ${name}`, { watch })
  }

  /** Put a file into the lowest free place. The reference of the caller goes over to the table. */
  install(file: OpenFile): number {
    this.#shared.write()
    let at = this.#table.indexOf(undefined)
    if (at < 0) at = this.#table.length
    this.#table[at] = file
    return FIRST_FD + at
  }

  has(file: OpenFile): boolean {
    this.#shared.read()
    return this.#table.includes(file)
  }

  /** Take a descriptor out of the table and drop its reference. **Errors** EBADF when there is none (DMB-4). */
  *close(file: OpenFile, name: string): Op<void> {
    this.#shared.write()
    const at = this.#table.indexOf(file)
    if (at < 0) throw new KernelError('EBADF', 'DMB-4', `${this.name} has no descriptor of ${name}`)
    this.#table[at] = undefined
    yield* file.drop()
  }

  /** One of its actors is through. With the last one all descriptors are closed, in the order of their numbers. */
  *actorEnded(): Op<void> {
    this.#shared.write()
    if (--this.#actors > 0) return
    for (const [at, file] of this.#table.entries()) {
      this.#table[at] = undefined
      if (file !== undefined) yield* file.drop()
    }
  }
}
