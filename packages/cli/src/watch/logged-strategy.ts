/** Who goes on in a run by a seed, with each choice noted where another thread looks. */
import type { RunOptions } from '@barter/core'
import { seededStrategy } from '@barter/sim'
import type { StepLog } from './step-log.ts'

/** Options of a run. **Shape** `log`: none where nobody looks. */
export function loggedStrategy(seed: number, log: StepLog | undefined): Pick<RunOptions, 'seed' | 'strategy'> {
  if (log === undefined) return { seed }
  const usual = seededStrategy(seed)
  log.begins()
  const choose: typeof usual.choose = (runnable, current) => {
    const chosen = usual.choose(runnable, current)
    log.runs(chosen)
    return chosen
  }
  return { seed, strategy: { newRun: () => usual.newRun(), choose, draw: (limit) => usual.draw(limit) } }
}
