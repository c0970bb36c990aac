/** The default strategy: random, but the same for the same seed. */
import { Random, type Strategy } from '@barter/core'

export interface SeededOptions {
  /** How often the running thread stays, of 1: long runs of one thread read well, and races still happen. */
  readonly keep?: number
}

/**
 * Choose uniformly among the runnable threads, after the running one was given its share.
 *
 * Choices and data come from two streams, so what a driver draws does not move the schedule. There is always another
 * run: each gets a seed of its own.
 */
export function seededStrategy(seed: number, { keep = 0.75 }: SeededOptions = {}): Strategy {
  let run = 0
  let choices = new Random(seed, 0)
  let data = new Random(seed, 1)
  return {
    newRun: () => {
      if (run > 0) {
        choices = new Random(seed, 2 * run)
        data = new Random(seed, 2 * run + 1)
      }
      run++
      return true
    },
    choose: (runnable, current) => {
      const only = runnable.length === 1 ? runnable[0] : undefined
      if (only !== undefined) return only
      if (current !== undefined && choices.chance(keep)) return current
      return runnable[choices.below(runnable.length)] ?? 0
    },
    draw: (limit) => data.below(limit),
  }
}
