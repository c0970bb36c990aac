/**
 * State that threads share, told to whoever explores schedules: steps that touch the same state, one of them changing it,
 * are tried in both orders; all others commute. In an ordinary run nobody listens and nothing is spent.
 *
 * By default all that runs inside a driver on behalf of one device counts as touching one thing (`Kernel.inside`), so a
 * plugin that says nothing is explored rightly. Saying more precisely what is touched makes the search shorter.
 */

export interface Shared {
  /** It was looked at. */
  read(): void
  /** It was changed, by somebody who may have looked. */
  write(): void
  /** It was changed in a way that commutes with other such changes, and nobody looked at the result. */
  add(): void
  /** As the three above, of state that is one small whole number; `writeValue` is blind. */
  readValue(value: number): void
  writeValue(value: number): void
  addValue(value: number): void
}

/** Nobody listens. */
export const UNWATCHED: Shared = Object.freeze({
  read: () => undefined,
  write: () => undefined,
  add: () => undefined,
  readValue: () => undefined,
  writeValue: () => undefined,
  addValue: () => undefined,
})

/** A part of the system whose steps depend on each other: the driver code that works for one device, say. */
export interface Part {
  readonly name: string
}
