/** The simulator as a machine. The door is asynchronous, as a machine may be another computer; this one is not. */
import type { Machine, System } from '@barter/core'
import { explorable } from './explore/explorable.ts'
import { runScenario } from './run.ts'
import type { SimOptions } from './simulation.ts'

export function simMachine(system: System, options: SimOptions): Machine {
  return {
    name: 'sim',
    supports: { schedule: true, events: 'all' },
    explorable: (scenario) => explorable(system, scenario, options),
    // An exception has to become a rejection.
    // eslint-disable-next-line @typescript-eslint/require-await
    run: async (scenario, run) => runScenario(system, scenario, run, options),
  }
}
