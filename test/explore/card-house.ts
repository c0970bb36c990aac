/** A drive that lends and a card with a driver of somebody's own, below one switch: for stories of what such a driver does. */
import {
  type Actor,
  type Bdf,
  compose,
  type Expectation,
  type Importer,
  type Plugin,
  type Scenario,
  type Scope,
  type Step,
  type System,
} from '@barter/core'
import { vfioPci } from '@barter/exporter-vfio-pci'
import { sim } from '@barter/sim'
import { oneSwitch } from '../../bench/models/one-switch.js'

const { topology, names } = oneSwitch(['card'])

function bdf(name: string): Bdf {
  const found = names.get(name)
  if (found === undefined) throw new Error(`there is no ${name}`)
  return found
}

export const step = (verb: string, target: string, args: Step['args'] = {}): Step => ({ verb, target, args })

export const named = (as: string, one: Step): Step => ({ ...one, as })

/** The driver of the card; what it supports, and that there is nothing to probe, unless it says otherwise. */
export const cardDriver = (
  name: string,
  make: (run: Scope) => Pick<Importer, 'import'> & Partial<Importer>,
): Plugin => ({
  name,
  apply: ({ hooks }) => {
    hooks.importer.for('card').tap(name, (run) => ({
      driver: 'card',
      supports: { dynamic: true, peer2peer: true, invalidate: true, pins: false, restartable: true },
      *probe() {},
      ...make(run),
    }))
  },
})

export const cardStory = (title: string, actors: readonly Actor[], expect: readonly Expectation[] = []): Scenario => ({
  title,
  devices: { nvme: { at: bdf('nvme'), driver: 'vfio-pci' }, card: { at: bdf('card'), driver: 'card' } },
  actors,
  expect,
})

export const cardHouse = (driver: Plugin): System => compose({ topology, plugins: [sim(), vfioPci(), driver] })
