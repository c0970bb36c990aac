/** What the chapters that are the same for every plugin need of a system around one. */
import type { Errno, FaultPoint, Step } from '@barter/core'
import type { Exploration, ExploreOptions } from '@barter/explore'
import type { Played } from './played.ts'

/** By actor. */
export type Steps = Readonly<Record<string, readonly Step[]>>

export type Fault = (point: FaultPoint) => Errno | undefined

export interface Stage {
  play(actors: Steps, options?: { readonly seed?: number; readonly fault?: Fault }): Played
  /** Runs of one story on one system, each by a seed of its own. */
  schedules(actors: Steps): (seed: number) => Played
  /** One story explored: nothing in it that only looks. */
  explore(actors: Steps, options: ExploreOptions): Exploration
}
