/** What is done to a lender while its buffer is mapped, in words of user space. */
import type { Step } from '@barter/core'
import { step } from './step.ts'

export interface TriggerRow {
  readonly row: string
  /** Rules it rests on. */
  readonly rule: string
  /** What begins it, and what ends it where that is a step of its own. */
  readonly on: readonly Step[]
  readonly off?: readonly Step[]
  /** Done by somebody else, while the owner does `on`. */
  readonly admin?: readonly Step[]
  /** Which function it acts on; `old` alone has the AF capability. */
  readonly device: 'lender' | 'old'
  /** How long a buffer that revokes is away: not at all, for a moment, until `off`, or for good. */
  readonly revokes: 'never' | 'meanwhile' | 'until-off' | 'for-good'
  /** How long the function answers nobody. */
  readonly dark: 'never' | 'meanwhile' | 'until-off'
  /** The driver is gone afterwards. */
  readonly unbinds?: true
  /** So is the owner. */
  readonly kills?: true
}

const command = (value: number) => step('configWrite', 'file', { register: 'command', value })
const power = (value: number) => step('configWrite', 'file', { register: 'pmcsr', value })
const lowPower = (action: string) => step('lowPower', 'file', { action })
const CLOSE = step('close', 'file')
const FLR_BIT = 0x8000
const pause = step('sleep', '', { ticks: 1000 })
const lent = { device: 'lender', revokes: 'meanwhile', dark: 'meanwhile' } as const

export const TRIGGERS: readonly TriggerRow[] = [
  { row: 'none', rule: 'REV-1', on: [], device: 'lender', revokes: 'never', dark: 'never' },
  {
    row: 'memory bit',
    rule: 'TRG-1, TRG-2',
    on: [command(0x104)],
    off: [command(0x106)],
    device: 'lender',
    revokes: 'until-off',
    dark: 'until-off',
  },
  {
    row: 'D3hot',
    rule: 'TRG-5, TRG-6',
    on: [power(3)],
    off: [power(0)],
    device: 'lender',
    revokes: 'until-off',
    dark: 'until-off',
  },
  {
    row: 'FLR by DevCtl',
    rule: 'TRG-7',
    on: [step('configWrite', 'file', { register: 'devctl', or: FLR_BIT })],
    ...lent,
  },
  {
    row: 'AF FLR',
    rule: 'TRG-8',
    on: [step('configWrite', 'file', { register: 'afctl', value: 1 })],
    ...lent,
    device: 'old',
  },
  { row: 'device reset', rule: 'TRG-9', on: [step('reset', 'file')], ...lent },
  { row: 'hot reset', rule: 'TRG-10', on: [step('hotReset', 'file', { groups: ['lender'] })], ...lent },
  {
    row: 'low power',
    rule: 'TRG-11, TRG-12',
    on: [lowPower('entry')],
    off: [lowPower('exit')],
    device: 'lender',
    revokes: 'until-off',
    dark: 'until-off',
  },
  { row: 'close', rule: 'TRG-14', on: [CLOSE], device: 'lender', revokes: 'for-good', dark: 'never' },
  {
    row: 'unbind',
    rule: 'TRG-15',
    on: [pause, CLOSE, pause],
    admin: [step('unbind', 'lender')],
    device: 'lender',
    revokes: 'for-good',
    dark: 'never',
    unbinds: true,
  },
  {
    row: 'kill of the owner',
    rule: 'TRG-14',
    on: [],
    admin: [step('kill', 'owner')],
    device: 'lender',
    revokes: 'for-good',
    dark: 'never',
    kills: true,
  },
  { row: 'reset through sysfs', rule: 'TRG-18', on: [step('sysfsReset', 'lender')], ...lent, revokes: 'never' },
]

/** The words of `on`, `off` that only some drivers have. */
export const wordsOf = ({ on, off = [] }: TriggerRow): readonly string[] =>
  [...on, ...off].map(({ verb }) => verb).filter((verb) => !COMMON.has(verb))

const COMMON = new Set(['sleep', 'close', 'sysfsReset'])
