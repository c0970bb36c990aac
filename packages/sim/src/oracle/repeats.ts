/**
 * What is done twice is as if it were done once (INV-13): of a revoke and an un-revoke as the judge hears of them.
 *
 * A buffer that was revoked twice is live after one un-revoke; an un-revoke of a live buffer takes nothing from anybody.
 * That callbacks of importers bear it is looked at by core, which calls them.
 */
import type { Party } from '@barter/core'

export interface Repeat {
  readonly rule: string
  readonly message: string
  /** What was done, in order of time. */
  readonly parties: readonly Party[]
}

interface Known {
  /** Revokes that returned since it was live. */
  readonly revokes: Party[]
  /** Those before it became live, when they were several. */
  before: readonly Party[]
  /** It was made live by an un-revoke. */
  restored: Party | undefined
  /** Then importers that have it mapped were told to let go, with no revoke under way. */
  told: Party | undefined
}

export class Repeats {
  readonly #buffers = new Map<string, Known>()

  revoking(buffer: string): void {
    this.#of(buffer).told = undefined
  }

  revoked(buffer: string, by: Party): void {
    const known = this.#of(buffer)
    known.revokes.push(by)
    known.restored = undefined
    known.told = undefined
  }

  /** One that has it mapped is told to let go of it, and it is neither revoked nor being revoked. */
  told(buffer: string, by: Party): void {
    const known = this.#of(buffer)
    if (known.restored !== undefined) known.told ??= by
  }

  restored(buffer: string, by: Party): Repeat | undefined {
    const known = this.#of(buffer)
    const { told, restored } = known
    known.before = known.revokes.length > 1 ? [...known.revokes] : []
    known.revokes.length = 0
    known.restored = by
    known.told = undefined
    if (told === undefined || restored === undefined) return undefined
    const message = `${buffer} was live and is un-revoked again, for which its importers had to let go of it`
    return { rule: 'VFIO-24b', message, parties: [restored, told] }
  }

  mapped(buffer: string): void {
    this.#of(buffer).before = []
  }

  /** The exporter says ENODEV to somebody who maps, and it is neither revoked nor being revoked. */
  refused(buffer: string, importer: string): Repeat | undefined {
    const { before, restored } = this.#of(buffer)
    if (before.length === 0 || restored === undefined) return undefined
    const message = `${buffer} was revoked ${before.length} times and un-revoked once, and ${importer} may not map it`
    return { rule: 'VFIO-24b', message, parties: [...before, restored] }
  }

  #of(buffer: string): Known {
    const known = this.#buffers.get(buffer)
    if (known !== undefined) return known
    const made = { revokes: [], before: [], restored: undefined, told: undefined }
    this.#buffers.set(buffer, made)
    return made
  }
}
