import type { Clumsy } from './lender.ts'
import { describe, expect, test } from 'vitest'
import { step, type Story, tell } from './house.ts'

const actors = (...steps: ReturnType<typeof step>[]): Story => ({ actors: { vmm: steps } })
const open = step('open', 'disk')
const lend = [open, step('export', 'disk', { bar: 0, as: 'buf' })]

describe('mistakes of a person are found before the run', () => {
  const mistakes: readonly (readonly [string, Story, string, RegExp, RegExp])[] = [
    [
      'an unknown verb',
      actors(open, step('restor', 'disk')),
      'VERB_UNKNOWN',
      /^step 2 of vmm: nobody understands restor$/,
      /restore/,
    ],
    [
      'an unknown device',
      actors(step('open', 'disc')),
      'NAME_UNKNOWN',
      /needs a device, and disc is none/,
      /did you mean disk/,
    ],
    [
      'a name that nobody makes',
      actors(...lend, step('import', 'buff', { on: 'nic' })),
      'NAME_UNKNOWN',
      /needs a buffer/,
      /buf\?/,
    ],
    [
      'a name of the wrong kind',
      actors(...lend, step('read', 'buf', { length: 1 })),
      'NAME_UNKNOWN',
      /needs an import/,
      /nothing of that kind/,
    ],
    [
      'a name made twice',
      actors(...lend, step('export', 'disk', { bar: 0, as: 'buf' })),
      'NAME_TWICE',
      /step 3 of vmm makes buf/,
      /another/,
    ],
    [
      'a name used before it is made',
      actors(open, step('close', 'buf'), ...lend.slice(1)),
      'STEP_INVALID',
      /made only in step 3/,
      /first/,
    ],
    [
      'a missing argument',
      actors(open, step('export', 'disk')),
      'STEP_INVALID',
      /bar of export: is missing/,
      /lend ranges/,
    ],
    [
      'an unknown argument',
      actors(open, step('export', 'disk', { bar: 0, size: 4 })),
      'STEP_INVALID',
      /size of export: is not known here; known: bar/,
      /./,
    ],
    [
      'an argument of the wrong kind',
      actors(open, step('export', 'disk', { bar: 'zero' })),
      'STEP_INVALID',
      /bar of export: zero is not right for: index/,
      /./,
    ],
    [
      'a size that is none',
      actors(...lend, step('import', 'buf', { on: 'nic', as: 'mr' }), step('read', 'mr', { length: '4 kilo' })),
      'STEP_INVALID',
      /length of read: 4 kilo/,
      /./,
    ],
    [
      'a u64 that is none',
      actors(open, step('export', 'disk', { bar: 0, ranges: [{ offset: 0, length: '0x1_0000_0000_0000_0000' }] })),
      'STEP_INVALID',
      /ranges\[0\]\.length/,
      /./,
    ],
    [
      'an option that the importer does not have',
      actors(...lend, step('import', 'buf', { on: 'nic', pins: true })),
      'STEP_INVALID',
      /pins of import/,
      /./,
    ],
    [
      'a choice that is none',
      actors(...lend, step('import', 'buf', { on: 'nic', lets: 'soon' })),
      'STEP_INVALID',
      /soon is not one of at once, later, never/,
      /./,
    ],
    [
      'a wait for what is never so',
      actors(...lend, step('wait', 'buf', { until: 'dark' })),
      'NAME_UNKNOWN',
      /needs a device/,
      /./,
    ],
    [
      'a wait for a state that an import never has',
      actors(...lend, step('import', 'buf', { on: 'nic', as: 'mr' }), step('wait', 'mr', { until: 'revoked' })),
      'STEP_INVALID',
      /an import is never revoked/,
      /invalidated/,
    ],
    ['a wait for nobody', actors(step('wait', 'vm', { until: 'done' })), 'NAME_UNKNOWN', /an actor/, /vmm/],
    [
      'a write of unknown length',
      actors(...lend, step('import', 'buf', { on: 'nic', as: 'mr' }), step('write', 'mr')),
      'STEP_INVALID',
      /how much/,
      /length or data/,
    ],
    ['a sleep of no length', actors(step('sleep', 'a while')), 'STEP_INVALID', /ticks of sleep: a while/, /./],
    [
      'opening a device that lends nothing',
      actors(step('open', 'nic')),
      'STEP_INVALID',
      /bound to borrower, which lends no BARs/,
      /vfio-pci/,
    ],
    [
      'importing on a device that cannot',
      actors(...lend, step('import', 'buf', { on: 'disk' })),
      'STEP_INVALID',
      /uses no lent BARs/,
      /imports/,
    ],
    [
      'a name for what makes nothing',
      actors(open, step('close', 'disk', { as: 'x' })),
      'STEP_INVALID',
      /makes nothing/,
      /as/,
    ],
  ]

  test.each(mistakes)('%s', (_what, story, code, message, hint) => {
    const error = mistakeOf(() => tell(story))
    expect(error).toMatchObject({ name: 'UsageError', code })
    expect(error.message).toMatch(message)
    expect(error.hint).toMatch(hint)
  })

  test('an unknown driver, and a driver that refuses its device', () => {
    const story = { ...actors(open), drivers: { disk: 'lander' } }
    expect(mistakeOf(() => tell(story))).toMatchObject({ code: 'DRIVER_UNKNOWN', hint: 'did you mean lender?' })
    const refused = mistakeOf(() => tell(actors(open), { clumsy: ['refuses'] satisfies Clumsy[] }))
    expect(refused).toMatchObject({ code: 'PROBE_FAILED' })
    expect(refused.message).toMatch(/driver lender refused disk \(0000:0\d:00.0\): ENODEV, not this device/)
  })

  function mistakeOf(act: () => unknown): Error & { readonly hint: string } {
    try {
      act()
    } catch (error) {
      return error as Error & { readonly hint: string }
    }
    throw new Error('nothing was found')
  }
})
