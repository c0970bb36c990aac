/** A recording as a scenario of Barter: every recorded step becomes steps of one actor, other threads become others. */
import type { Actor, DeviceBinding, Scenario } from '@barter/core'
import type { Recording, RecordedStep } from './recording.ts'
import { MAIN, NOT_PCI, Stage } from './stage.ts'
import { sayStep } from './vocabulary.ts'
import type { PlainStep, Said } from './word.ts'

export interface ScriptedStep {
  readonly step: RecordedStep
  readonly said: Said
  /** Index of its first step within the main actor. */
  readonly first: number
}

export interface Script {
  readonly scenario: Scenario
  readonly steps: readonly ScriptedStep[]
}

/**
 * What the recorded program needed between two steps, at least: long enough for timers of the kernel that a recording does
 * not speak of (the flush queue of an IOMMU domain, 10 ms), short beside the delays of importers. **Units** ticks.
 */
const BETWEEN_STEPS = 12_000

/** Exporters are not bound at the start: recordings begin with `bind`. */
const EXPORTER = 'vfio-pci'

/**
 * What was seen plays no part in it. **Shape** each outcome of the scenario belongs to at most one recorded step.
 * **Errors** `UsageError` `RECORDING_STEP` for a step that names what nobody made.
 */
export function translateRecording(recording: Recording): Script {
  const stage = new Stage(recording)
  const plain: PlainStep[] = []
  const steps = recording.steps.map((step, index): ScriptedStep => {
    stage.step = index
    const said = sayStep(step, stage)
    const first = plain.length
    plain.push(...said.steps)
    if (typeof step.args.mark === 'string' && said.steps.length > 0) {
      stage.marks.push({ mark: step.args.mark, first, last: plain.length - 1 })
    }
    plain.push({ verb: 'sleep', target: '', args: { ticks: BETWEEN_STEPS } })
    return { step, said, first }
  })
  const scenario: Scenario = {
    title: recording.name,
    about: recording.about,
    devices: devicesOf(stage),
    actors: [{ name: MAIN, steps: plain.map(fullStep) }, ...stage.threads.map(actorOf)],
    expect: [],
  }
  return { scenario, steps }

  function actorOf({ actor, process, said }: Stage['threads'][number]): Actor {
    const steps = said.flatMap((one) => one.steps).map(fullStep)
    return { name: actor, process: process ?? MAIN, steps }
  }
}

const fullStep = ({ args = {}, ...step }: PlainStep) => ({ ...step, args })

function devicesOf(stage: Stage): Readonly<Record<string, DeviceBinding>> {
  const bindings: Record<string, DeviceBinding> = {}
  for (const [name, at] of stage.devices) {
    if (name !== NOT_PCI) bindings[name] = { at, driver: EXPORTER, bind: false }
  }
  return bindings
}
