// A search by state matching to its end, checked, and how long a step took beside one of a walk that keeps no books.
import { depthFirst } from '@barter/explore'
import { bareWalk } from './bare-walk.js'
import { compare, mustBe } from './harness.js'

/** **Shape** `subject`: makes a fresh one, of which nothing is remembered. */
export function complete(name, subject, { states, rounds, warmUp, options = {}, goal = 'at most 4' }) {
  const explored = () => searched(subject(), options)
  const first = explored()
  if (states !== undefined) mustBe(first.states.count, states, 'states')
  const { steps } = first
  const walked = subject()
  const result = compare({
    name,
    unit: 'step',
    count: steps,
    rounds,
    warmUp,
    goal,
    a: () => {
      const again = explored()
      mustBe(again.steps, steps, 'steps')
      mustBe(again.states.count, first.states.count, 'states')
    },
    b: () => mustBe(bareWalk(walked, steps), steps, 'steps of the walk'),
  })
  const seconds = (result.ours * steps) / 1e9
  return {
    states: first.states,
    result: { ...result, also: `${first.states.count} states in ${seconds.toFixed(2)} s` },
  }
}

/** To its end, and nothing found. */
export function searched(subject, options) {
  const found = depthFirst(subject, { match: true, ...options })
  mustBe(found.complete, true, 'complete')
  mustBe(found.found.length, 0, 'violations')
  return found
}
