/** What became of the things that steps were to make. */
import { type Shared, UNWATCHED } from '@barter/core'
import type { OpenFile } from './open-file.ts'
import type { PlannedHandle } from './plan.ts'
import { SimFence } from '../kernel/fence.ts'
import type { Watch } from '../kernel/watch.ts'

/** Why something does not come to be. `allowed`: its maker was expected to fail like that. */
export interface Absence {
  readonly why: string
  readonly allowed: boolean
}

class Slot {
  file: OpenFile | undefined
  absence: Absence | undefined
  readonly settled: SimFence
  /** For explorers: which of the two it was that the fence says to be over. */
  readonly which: Shared

  constructor(name: string, watch: Watch | undefined, group: number | undefined) {
    this.settled = new SimFence(name, { watch, group })
    this.which = watch?.shared('what became of a thing', group) ?? UNWATCHED
  }
}

export class Handles {
  readonly #slots: ReadonlyMap<PlannedHandle, Slot>

  /** **Shape** `made`: all that steps are to make. `groups`: of actors, while schedules are explored. */
  constructor(made: readonly PlannedHandle[], watch?: Watch, groups?: ReadonlyMap<string, number>) {
    this.#slots = new Map(
      made.map((handle) => {
        const name = handle.name === '' ? 'something without a name' : handle.name
        return [handle, new Slot(name, watch, groups?.get(handle.maker.actor))]
      }),
    )
  }

  /** Signals when it is made, or will never be. */
  settled(handle: PlannedHandle): SimFence {
    return this.#slot(handle).settled
  }

  /** **Shape** `undefined` before it is made, and for what is never made. */
  file(handle: PlannedHandle): OpenFile | undefined {
    return this.#slot(handle).file
  }

  absence(handle: PlannedHandle): Absence | undefined {
    const { absence, which } = this.#slot(handle)
    which.heed()
    return absence
  }

  made(handle: PlannedHandle, file: OpenFile): void {
    const slot = this.#slot(handle)
    slot.file = file
    slot.settled.signal()
  }

  /** Its maker failed, or is gone. Says nothing about what is made already. */
  notMade(handle: PlannedHandle, absence: Absence): void {
    const slot = this.#slot(handle)
    if (slot.settled.signalled) return
    slot.absence = absence
    slot.which.noteValue(absence.allowed ? 1 : 2)
    slot.settled.signal()
  }

  /** Everything that was made. */
  files(): readonly OpenFile[] {
    return [...this.#slots.values()].flatMap((slot) => slot.file ?? [])
  }

  #slot(handle: PlannedHandle): Slot {
    const slot = this.#slots.get(handle)
    if (slot === undefined) throw new Error(`no step makes ${handle.name}`)
    return slot
  }
}
