/**
 * One combination as a scenario. The owner lends BAR 0 and does the trigger; a user imports and writes before, while it
 * acts, and after it.
 */
import type { Actor, Scenario, Step } from '@barter/core'
import type { MachineRow } from './machines.ts'
import { type ExporterRow, type ImporterRow, nameOf } from './plugins.ts'
import { step } from './step.ts'
import type { TriggerRow } from './triggers.ts'

const LENGTH = 0x10000
/** A page on most machines. */
const PIECE = 0x1000n

/** Long enough for every driver that lets go by itself; a reset takes a hundred times as long. */
const A_WHILE = step('sleep', '', { ticks: 5000 })
const until = (actor: string) => step('wait', actor, { until: 'done' })
const write = step('write', 'held', { length: 4096 })

export function storyOf(
  exporter: ExporterRow,
  importer: ImporterRow,
  trigger: TriggerRow,
  machine: MachineRow,
): Scenario {
  const { kind } = importer
  const takesMapping = kind.takes === 'mapping'
  // Addresses of a process are of use to itself only.
  const user = takesMapping ? 'owner' : 'user'
  const use: readonly Step[] = kind.maps === 'word' ? [step('map', 'held'), write] : [write]
  const actors: readonly Actor[] = [
    ...lead(exporter, takesMapping, trigger),
    {
      name: 'before',
      process: user,
      steps: [step('import', takesMapping ? 'bar' : 'buf', { on: 'importer', ...kind.options }, 'held'), ...use],
    },
    { name: 'during', process: user, steps: [...waitForDark(trigger), A_WHILE, ...use] },
    { name: 'after', process: user, steps: [A_WHILE, ...use, step('close', 'held')] },
  ]
  return {
    title: `${exporter.driver}, ${nameOf(importer)}, ${trigger.row}`,
    devices: {
      [trigger.device]: { at: machine.at(trigger.device), driver: exporter.driver },
      importer: { at: machine.at('importer'), driver: importer.driver },
    },
    actors,
    expect: [],
  }
}

/** Whoever is still there when the trigger is over says when the user goes on. */
function lead(exporter: ExporterRow, takesMapping: boolean, trigger: TriggerRow): readonly Actor[] {
  const { off = [], admin, dark, kills } = trigger
  // A mapping holds the file open (MM-10).
  const close = takesMapping ? [step('close', 'bar'), step('close', 'file')] : [step('close', 'file')]
  const on = trigger.on.flatMap((one) => (one.verb === 'close' ? close : [one]))
  const begin = [...lend(exporter, takesMapping, trigger), step('start', 'before'), until('before')]
  const closes = kills === true || on.some(({ verb }) => verb === 'close')
  const meanwhile = [step('start', 'during'), ...(dark === 'meanwhile' ? [] : [until('during')])]
  const after = [step('start', 'after'), until('after'), ...(closes ? [] : close)]
  const act = [...(admin === undefined ? [] : [step('start', 'admin')]), ...on]
  const rest =
    dark === 'meanwhile' ? [...meanwhile, ...act, until('during'), ...after] : [...act, ...meanwhile, ...off, ...after]
  const actor = (name: string, steps: readonly Step[]): Actor => ({ name, process: name, steps })
  if (kills === true) {
    return [
      actor('owner', [...begin, ...act, step('idle', '')]),
      actor('admin', [...(admin ?? []), ...meanwhile, ...after]),
    ]
  }
  return [actor('owner', [...begin, ...rest]), ...(admin === undefined ? [] : [actor('admin', admin)])]
}

const lend = ({ kind }: ExporterRow, takesMapping: boolean, { device }: TriggerRow): readonly Step[] => [
  step('open', device, {}, 'file'),
  ...(kind.prepare ?? []).map(({ verb, args }) => step(verb, 'file', args)),
  ...(takesMapping
    ? []
    : [
        step('export', 'file', { bar: 0, ranges: [{ offset: BigInt(LENGTH), length: PIECE }] }, 'piece'),
        step('close', 'piece'),
      ]),
  takesMapping
    ? step('mmap', 'file', { bar: 0, length: LENGTH }, 'bar')
    : step('export', 'file', { bar: 0, ranges: [{ offset: 0n, length: BigInt(LENGTH) }] }, 'buf'),
]

const waitForDark = ({ dark, device }: TriggerRow): readonly Step[] =>
  dark === 'meanwhile' ? [step('wait', device, { until: 'dark' })] : []
