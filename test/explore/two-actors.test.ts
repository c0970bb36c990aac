/**
 * Two actors on one device of vfio-pci, which tells by itself what it touches: the search by states sees what the other
 * strategies see, and notices when some of that is left out.
 */
import {
  type AccessLog,
  compose,
  type Explorable,
  type Scenario,
  smallHashOfText,
  type Step,
  type StepValue,
} from '@barter/core'
import { depthFirst, dpor, explorableOf, type Tally } from '@barter/explore'
import { vfioPci } from '@barter/exporter-vfio-pci'
import { rdma } from '@barter/importer-rdma'
import { sim } from '@barter/sim'
import { describe, expect, test } from 'vitest'
import { oneSwitch } from '../../bench/models/one-switch.js'

const { topology, names } = oneSwitch(['nic'])

const step = (verb: string, target: string, args: Readonly<Record<string, StepValue>> = {}, as?: string): Step =>
  as === undefined ? { verb, target, args } : { verb, target, args, as }
const bdf = (name: string) => names.get(name) ?? expect.fail(`there is no ${name}`)

const open = step('open', 'nvme', {}, 'f')
const memoryOff = step('configWrite', 'f', { register: 'command', value: 0n })
const exported = step('export', 'f', { bar: 0 }, 'buf')
const imported = step('import', 'buf', { on: 'nic' }, 'mr')
const mapped = step('mmap', 'f', { bar: 0 }, 'm')
const store = step('store', 'm', { data: 'x' })
const cdev = (as: string): Step => step('open', 'nvme', { cdev: true }, as)
const enter = step('lowPower', 'f', { action: 'entry' })

/** What each of two actors does. */
const STORIES: Readonly<Record<string, readonly (readonly Step[])[]>> = {
  'memory goes while a CPU stores': [[open, mapped, store], [memoryOff]],
  'low power twice': [[open, enter], [enter]],
  'two doors': [[cdev('f'), step('bindIommufd', 'f')], [step('open', 'nvme', {}, 'g')]],
  'two files at one door': [
    [cdev('f'), step('bindIommufd', 'f')],
    [cdev('g'), step('bindIommufd', 'g')],
  ],
  'two containers': [[step('open', 'nvme', { container: 'a' }, 'f')], [step('open', 'nvme', { container: 'b' }, 'g')]],
  'two resets': [[open, step('reset', 'f')], [step('hotReset', 'f', { groups: ['nvme'] })]],
  'a last close while another opens': [
    [open, exported, step('close', 'f'), imported],
    [step('open', 'nvme', {}, 'g'), step('close', 'g')],
  ],
}

function subjectOf(actors: readonly (readonly Step[])[]): Explorable {
  const scenario: Scenario = {
    title: 'two actors on one device',
    devices: { nvme: { at: bdf('nvme'), driver: 'vfio-pci' }, nic: { at: bdf('nic'), driver: 'mlx5' } },
    actors: actors.map((steps, i) => ({ name: `actor${i}`, steps })),
    expect: [],
  }
  return explorableOf(compose({ topology, plugins: [sim(), vfioPci(), rdma()] }), scenario)
}

const storyOf = (title: string): Explorable => subjectOf(STORIES[title] ?? expect.fail(`there is no ${title}`))

function outcomesOf(found: Tally): readonly string[] {
  expect(found.complete).toBe(true)
  expect(found.found).toEqual([])
  return [...found.outcomes.keys()].sort()
}

const byStates = (subject: Explorable, less = {}): readonly string[] =>
  outcomesOf(depthFirst(subject, { match: true, outcomes: true, ...less }))

const TELLS = ['read', 'write', 'add', 'readValue', 'writeValue', 'addValue', 'readHere', 'noteValue'] as const

/** As if things of this name told nothing. */
function deafTo(subject: Explorable, name: string): Explorable {
  const kind = smallHashOfText(name)
  const { digest, groupClasses } = subject
  return {
    digest,
    groupClasses,
    begin: (log) => subject.begin(deaf(log, kind)),
    replay: (schedule) => subject.replay(schedule),
  }
}

function deaf(log: AccessLog, kind: number): AccessLog {
  const gone = new Set<number>()
  const thing: AccessLog['thing'] = (of, group, sort) => {
    const made = log.thing(of, group, sort)
    if ((sort ?? of) === kind) gone.add(made)
    return made
  }
  const heard = TELLS.map((tell) => {
    const told = (of: number, value: number): void => {
      if (!gone.has(of)) log[tell](of, value)
    }
    return [tell, told] as const
  })
  const own = new Map<PropertyKey, unknown>([['thing', thing], ...heard])
  // The log has private fields, so what is called on it is called on it alone.
  return new Proxy(log, {
    get: (_, key) => {
      const value: unknown = own.get(key) ?? Reflect.get(log, key, log)
      return typeof value === 'function' ? (value.bind(log) as unknown) : value
    },
  })
}

describe('two actors on one device of vfio-pci', () => {
  test.each(Object.keys(STORIES))('%s: states see what dpor sees', (title) => {
    const subject = storyOf(title)
    expect(byStates(subject)).toEqual(outcomesOf(dpor(subject, { outcomes: true })))
  })

  test('an open while the driver is unbound: no reduction loses an outcome', () => {
    const subject = subjectOf([[open, step('close', 'f')], [step('unbind', 'nvme')]])
    const all = byStates(subject, { sleep: false, joins: false, singles: false })
    expect(all).toHaveLength(3)
    expect(byStates(subject)).toEqual(all)
    expect(outcomesOf(dpor(subject, { outcomes: true }))).toEqual(all)
  })

  test.each([
    ['a last close while another opens', 'open count of a device'],
    ['two files at one door', 'iommufd of a device'],
  ])('%s: it is noticed when nobody hears of the %s', (title, name) => {
    const subject = storyOf(title)
    expect(() => byStates(deafTo(subject, name))).toThrow('depends on what no step tells')
  })
})
