/** The plugin: gives the machine `sim`. */
import type { Plugin } from '@barter/core'
import { simMachine } from './machine.ts'
import type { SimOptions } from './simulation.ts'

export function sim(options: SimOptions = {}): Plugin {
  return {
    name: 'sim',
    apply: ({ hooks }) => {
      hooks.machine.for('sim').tap('sim', (system) => simMachine(system, options))
    },
  }
}
