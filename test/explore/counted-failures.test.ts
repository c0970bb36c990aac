/** What steps share without anybody's code: counts that a fault plan keeps, parameters of a module. */
import {
  type Actor,
  compose,
  done,
  type Explorable,
  failPoint,
  HOOKS,
  KernelError,
  type Plugin,
  point,
  type Scope,
  type Step,
  type StepValue,
} from '@barter/core'
import { explorableOf, exploreSubject } from '@barter/explore'
import { vfioPci } from '@barter/exporter-vfio-pci'
import { sim } from '@barter/sim'
import { describe, expect, test } from 'vitest'
import { oneSwitch } from '../../bench/models/one-switch.js'

const none = { type: 'object', additionalProperties: false } as const

/** A driver of others that tells nothing: each poke may be made to fail, at a place that is named after its device. */
const pokes: Plugin = {
  name: 'pokes',
  apply: ({ hooks }) => {
    hooks.exporter.for('pokes').tap('pokes', (run: Scope) => {
      let isOn = true
      return {
        driver: 'pokes',
        controls: { poke: { summary: 'poke it', args: none }, blink: { summary: 'if it is on', args: none } },
        probe: () => done(undefined),
        remove: () => done(undefined),
        setParameter: (_name: string, value: boolean) => {
          isOn = value
        },
        *open(device) {
          yield* point('open')
          return {
            device,
            *export() {
              throw new KernelError('EINVAL', 'VFIO-9', 'it lends nothing')
            },
            *control(name: string) {
              yield* point(name)
              if (name === 'poke') failPoint(run.get(HOOKS), `poke:${device.name}`, device, 'EIO', 'VFIO-9')
              if (!isOn) throw new KernelError('EIO', 'VFIO-9', 'it is off')
              return null
            },
            close: () => done(undefined),
          }
        },
      }
    })
  },
}

/** Fails the `n`-th of all calls, wherever it is. */
const failsCall = (n: number): Plugin => ({
  name: 'fails-a-call',
  apply: ({ hooks }) => {
    const calls = new WeakMap<object, number>()
    hooks.fault.tap('fails-a-call', ({ point: place, run, usual }) => {
      if (run === undefined || !place.startsWith('poke:')) return undefined
      const count = (calls.get(run) ?? 0) + 1
      calls.set(run, count)
      return count === n ? usual : undefined
    })
  },
})

const step = (verb: string, target: string, args: Readonly<Record<string, StepValue>> = {}): Step => ({
  verb,
  target,
  args,
  expect: ['ok'],
})

function subject(driver: string, actors: readonly Actor[], ...plugins: readonly Plugin[]): Explorable {
  const { topology, names } = oneSwitch(['other'])
  const at = (name: string) => {
    const bdf = names.get(name)
    if (bdf === undefined) throw new Error(`there is no ${name}`)
    return { at: bdf, driver }
  }
  const devices = { nvme: at('nvme'), ...(driver === 'pokes' ? { other: at('other') } : {}) }
  const system = compose({ topology, plugins: [sim(), vfioPci(), ...plugins] })
  return explorableOf(system, { title: 'shared', devices, actors, expect: [] })
}

/** Who did not get what he expects, in some order of events. */
function disappointed(one: Explorable, strategy: 'states' | 'dpor'): readonly string[] {
  const { violations, coverage } = exploreSubject(one, { strategy, stopAtFirst: false, shrink: false })
  expect(coverage).toBe('complete')
  return [...new Set(violations.map(({ violation }) => violation.actor.who))].sort()
}

const uses = (device: string, verb: string): Actor => ({
  name: `user of ${device}`,
  steps: [step('open', device), step(verb, device)],
})
const off = (name: string): Actor => ({ name: 'admin', steps: [step('parameter', 'nvme', { name, value: false })] })

describe.each(['states', 'dpor'] as const)('%s', (strategy) => {
  test('of two calls at two places that are counted together, each may be the second', () => {
    const actors = [uses('nvme', 'poke'), uses('other', 'poke')]
    const found = disappointed(subject('pokes', actors, pokes, failsCall(2)), strategy)
    expect(found).toEqual(['user of nvme', 'user of other'])
  })

  test('a parameter concerns code for every device, of a driver that tells nothing', () => {
    const actors = [uses('other', 'blink'), off('on')]
    expect(disappointed(subject('pokes', actors, pokes), strategy)).toEqual(['user of other'])
  })

  test('VFIO-63: a parameter may be switched off before an open, in whichever run', () => {
    const actors = [{ name: 'vmm', steps: [step('open', 'nvme')] }, off('enable_unsafe_noiommu_mode')]
    expect(disappointed(subject('vfio-pci', actors), strategy)).toEqual(['vmm'])
  })
})
