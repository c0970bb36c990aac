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
  /** **Shape** `by`, of a count: so much more than before. The step would do the same whatever the count is, but for the last few. */
  addValue(value: number, by?: number): void
  /** It was looked at, and what came of it is in what the same step changed. */
  readHere(): void
  /** It became `value`, which is told in another way to whom it matters. */
  noteValue(value: number, by?: number): void
  /** As `addValue`, of a count for people: no step depends on it, but one that tells that it reads it. */
  countValue(value: number, by?: number): void
  /** As `addValue`: one was dropped of those that are counted, at least two are left, and nobody looked at the result. */
  dropValue(value: number): void
  /** What comes next depends on it, and those whom that concerns are told in another way. */
  heed(): void
}

/** Nobody listens. */
export const UNWATCHED: Shared = Object.freeze({
  read: () => undefined,
  write: () => undefined,
  add: () => undefined,
  readValue: () => undefined,
  writeValue: () => undefined,
  addValue: () => undefined,
  readHere: () => undefined,
  noteValue: () => undefined,
  countValue: () => undefined,
  dropValue: () => undefined,
  heed: () => undefined,
})

/**
 * The order of a list of which each member is visited in turn, the order being likely to be of no consequence. An explorer
 * takes lists in different orders for one as long as no two visits of a round touch the same thing.
 */
export interface Turns {
  /** The list is in another order now. */
  changed(): void
  /** Somebody looks at the list, in its order. */
  look(): void
  /** A round begins. */
  begin(): void
  /** The visit of the next member, and its end. */
  enter(): void
  leave(): void
}

export const UNWATCHED_TURNS: Turns = Object.freeze({
  changed: () => undefined,
  look: () => undefined,
  begin: () => undefined,
  enter: () => undefined,
  leave: () => undefined,
})

/** A part of the system whose steps depend on each other: the driver code that works for one device, say. */
export interface Part {
  readonly name: string
}
