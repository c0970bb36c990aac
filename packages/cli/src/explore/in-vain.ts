/**
 * Steps that never end well. If a step is refused in every order, perhaps because of a misspelt word, a search finds no fault
 * behind it; to say nothing about it would sound like a proof.
 */
import type { Outcome, Scenario, System } from '@barter/core'
import { loggedStrategy } from '../watch/logged-strategy.ts'
import type { StepLog } from '../watch/step-log.ts'

/** Random runs, of which one would show that a step can succeed. */
export const TRIES = 8
/** Of threads, in one run. */
const MOST_STEPS = 20_000

/**
 * Those that did not end as the story says, in none of the runs; of one that was not reached only when nothing before it is to
 * blame. **Shape** as in the first run.
 */
export async function stepsInVain(system: System, scenario: Scenario, log?: StepLog): Promise<readonly Outcome[]> {
  let vain: readonly Outcome[] | undefined
  for (let seed = 1; seed <= TRIES && vain?.length !== 0; seed++) {
    const options = { ...loggedStrategy(seed, log), limit: MOST_STEPS, quiet: true }
    const { outcomes } = await system.machine('sim').run(scenario, options)
    const failed = outcomes.filter(({ met, result }) => !met && result.kind !== 'not-comparable')
    vain = (vain ?? failed).filter((one) => failed.some((other) => isSame(one, other)))
  }
  const found = vain ?? []
  const causes = found.filter(({ result }) => result.kind !== 'not-reached')
  return causes.length > 0 ? causes : found.slice(0, 1)
}

const isSame = (a: Outcome, b: Outcome): boolean => a.actor === b.actor && a.index === b.index
