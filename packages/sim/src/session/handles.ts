/** What became of the things that steps were to make. */
import { type Shared, UNWATCHED } from '@barter/core'
import { BufferFile, MappingFile, ObjectFile, type OpenFile } from './open-file.ts'
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
  /** For explorers: which of the two it was that the fence says to be over, and which file it is by its name. */
  readonly which: Shared
  readonly #watch: Watch | undefined
  readonly #group: number | undefined

  constructor(name: string, watch: Watch | undefined, group: number | undefined) {
    this.#watch = watch
    this.#group = group
    this.settled = new SimFence(name, { watch, group })
    this.which = watch?.shared('what became of a thing', group) ?? UNWATCHED
  }

  /** The kernel may have numbered it, by who came first. */
  made(file: OpenFile): void {
    this.file = file
    this.which.noteValue(this.#watch?.wordOf(nameOf(file), this.#group) ?? 0)
    this.settled.signal()
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
    which.readHere()
    return absence
  }

  made(handle: PlannedHandle, file: OpenFile): void {
    this.#slot(handle).made(file)
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

function nameOf(file: OpenFile): string {
  if (file instanceof BufferFile) return file.buffer.name
  if (file instanceof MappingFile) return file.mapping.name
  return file instanceof ObjectFile ? file.object.name : file.kind
}
