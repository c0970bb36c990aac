/** Scenarios for tests of this driver alone: steps in, outcomes in a few words out. */
import {
  type Actor,
  buildTopology,
  compose,
  type EndpointSpec,
  type Plugin,
  type Report,
  type Step,
  type StepResult,
  type StepValue,
} from '@barter/core'
import { runScenario } from '@barter/sim'
import { expect } from 'vitest'
import { vfioPci } from '../src/index.ts'
import { NVME } from './house.ts'

export const step = (verb: string, target: string, args: Record<string, StepValue> = {}, as?: string): Step => ({
  verb,
  target,
  args,
  ...(as === undefined ? {} : { as }),
})

export interface Told {
  readonly report: Report
  /** Of every step in turn, by actor. */
  results(actor: string): readonly string[]
  /** When a step that begins with these words ended. **Units** ticks. */
  ended(text: string): number | undefined
}

export interface StoryOptions {
  readonly exporter?: EndpointSpec
  /** Name and driver of each device that takes part. */
  readonly drivers?: Readonly<Record<string, string | undefined>>
  readonly plugins?: readonly Plugin[]
}

export function tell(
  actors: Readonly<Record<string, readonly Step[]>>,
  { exporter = NVME, drivers = { nvme: 'vfio-pci' }, plugins = [vfioPci()] }: StoryOptions = {},
): Told {
  const { topology, names } = buildTopology({ hostBridges: [{ id: '8086:29c0', devices: [exporter] }] })
  const devices = Object.fromEntries(
    Object.entries(drivers).map(([name, driver]) => {
      const at = names.get(name) ?? expect.fail(`there is no ${name}`)
      return [name, driver === undefined ? { at } : { at, driver }]
    }),
  )
  const listed = Object.entries(actors).map(([name, steps]): Actor => ({ name, steps }))
  const scenario = { title: 'a test of the driver', devices, actors: listed, expect: [] }
  const report = runScenario(compose({ topology, plugins }), scenario, { seed: 1 })
  return {
    report,
    results: (actor) => report.outcomes.filter((outcome) => outcome.actor === actor).map(({ result }) => words(result)),
    ended: (text) => report.outcomes.find((outcome) => outcome.text.startsWith(text))?.ended,
  }
}

function words(result: StepResult): string {
  if (result.kind === 'ok') return typeof result.value === 'string' ? result.value : 'ok'
  if (result.kind === 'signal') return `${result.signal} ${result.rule}`
  return result.kind === 'errno' ? `${result.errno} ${result.rule}` : result.kind
}
