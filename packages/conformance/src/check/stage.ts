/** What the chapters that are the same for every plugin need of a system around one. */
import type { Errno, FaultPoint, Scope, Step } from '@barter/core'
import type { Exploration, ExploreOptions } from '@barter/explore'
import type { Played } from './played.ts'

/** By actor. */
export type Steps = Readonly<Record<string, readonly Step[]>>

export type Fault = (point: FaultPoint) => Errno | undefined

export interface StageOptions {
  readonly fault?: Fault | undefined
  /** Hears of each run as soon as it has its services. */
  readonly opened?: ((run: Scope) => void) | undefined
}

export interface Stage {
  play(actors: Steps, options?: StageOptions & { readonly seed?: number }): Played
  /** Runs of one story on one system, each by a seed of its own. */
  schedules(actors: Steps): (seed: number) => Played
  /** One story explored: nothing in it that only looks. */
  explore(actors: Steps, options: ExploreOptions): Exploration
}
