/** Random scenarios on one switch: a drive that lends a BAR and takes it back in one way or another, and devices that use it. */
import { compose, type Explorable, type Scenario, type Step } from '@barter/core'
import { explorableOf } from '@barter/explore'
import { vfioPci } from '@barter/exporter-vfio-pci'
import { drm } from '@barter/importer-drm'
import { rdma } from '@barter/importer-rdma'
import { sim } from '@barter/sim'
import fc from 'fast-check'
import { oneSwitch } from '../../bench/models/one-switch.js'
import { named, step } from './card-house.ts'

interface Importer {
  readonly driver: string
  readonly words: readonly string[]
  /** What another thread does with the same object. */
  readonly meanwhile: string | undefined
}

export interface Plan {
  readonly takesBack: readonly string[]
  readonly unbinds: boolean
  readonly importers: readonly Importer[]
}

/** What user space does with an object of that driver. */
const WORDS: Readonly<Record<string, readonly string[]>> = {
  mlx5: [],
  irdma: [],
  'virtio-gpu': ['restore'],
  amdgpu: ['submit', 'waitIdle'],
  xe: ['vmBind', 'exec', 'waitIdle'],
}
const EVERYBODYS = ['write', 'read', 'status', 'close']

const importer: fc.Arbitrary<Importer> = fc.constantFrom(...Object.keys(WORDS)).chain((driver) =>
  fc.record({
    driver: fc.constant(driver),
    words: fc.array(fc.constantFrom(...EVERYBODYS, ...(WORDS[driver] ?? [])), { maxLength: 2 }),
    meanwhile: fc.option(fc.constantFrom('close', 'write', 'status'), { nil: undefined, freq: 4 }),
  }),
)

export const plan: fc.Arbitrary<Plan> = fc.record({
  takesBack: fc.array(fc.constantFrom('reset', 'memory off', 'D3hot', 'close'), { minLength: 1, maxLength: 2 }),
  unbinds: fc.boolean(),
  importers: fc.array(importer, { minLength: 1, maxLength: 2 }),
})

const TAKEN_BACK: Readonly<Record<string, readonly Step[]>> = {
  reset: [step('reset', 'nvme')],
  'memory off': [
    step('configWrite', 'nvme', { register: 'command', value: 0 }),
    step('configWrite', 'nvme', { register: 'command', value: 6 }),
  ],
  D3hot: [
    step('configWrite', 'nvme', { register: 'pmcsr', value: 3 }),
    step('configWrite', 'nvme', { register: 'pmcsr', value: 0 }),
  ],
  close: [step('close', 'nvme')],
}

export const upTo = (words: readonly string[], last: string): readonly string[] =>
  words.includes(last) ? words.slice(0, words.indexOf(last) + 1) : words

export const used = (word: string, object: string): Step =>
  step(word, object, word === 'write' || word === 'read' ? { length: 64 } : {})

export function scenarioSubject({ takesBack, unbinds, importers }: Plan): Explorable {
  const cards = importers.map((_, i) => `card${i}`)
  const { topology, names } = oneSwitch(cards)
  const at = (name: string) => {
    const bdf = names.get(name)
    if (bdf === undefined) throw new Error(`there is no ${name}`)
    return bdf
  }
  const scenario: Scenario = {
    title: 'a random scenario',
    devices: {
      nvme: { at: at('nvme'), driver: 'vfio-pci' },
      ...Object.fromEntries(importers.map(({ driver }, i) => [`card${i}`, { at: at(`card${i}`), driver }])),
    },
    actors: [
      {
        name: 'vmm',
        steps: [
          step('open', 'nvme'),
          named('buf', step('export', 'nvme', { bar: 0 })),
          ...upTo(takesBack, 'close').flatMap((way) => TAKEN_BACK[way] ?? []),
        ],
      },
      ...importers.flatMap(({ words, meanwhile }, i) => [
        {
          name: `user${i}`,
          steps: [
            named(`object${i}`, step('import', 'buf', { on: `card${i}` })),
            ...upTo(words, 'close').map((word) => used(word, `object${i}`)),
          ],
        },
        ...(meanwhile === undefined || words.includes('close')
          ? []
          : [{ name: `other${i}`, steps: [used(meanwhile, `object${i}`)] }]),
      ]),
      ...(unbinds ? [{ name: 'admin', steps: [step('unbind', 'nvme')] }] : []),
    ],
    expect: [],
  }
  return explorableOf(compose({ topology, plugins: [sim(), vfioPci(), rdma(), drm()] }), scenario)
}
