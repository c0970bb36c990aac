/** What the steps of a scenario speak of: its devices, its actors, and what its steps make. */
import { type HandleKind, type TargetKind, verbSpec } from '@barter/core'
import type { DataPath } from './source.ts'
import { type ScenarioFile, type StepEntry, stepsOf } from './scenario-file.ts'

/** One step with its place. */
export interface PlacedStep {
  readonly actor: string
  readonly path: DataPath
  readonly entry: StepEntry
}

export interface Made {
  readonly name: string
  readonly kind: HandleKind
  /** The step that makes it. */
  readonly by: PlacedStep
  /** Device that it is of: the exporter of a file or buffer, the importer of an import. */
  readonly device: string | undefined
  /** Driver that acts on behalf of the device, when it is not the one bound to it. */
  readonly driver?: string
}

export interface Story {
  readonly file: ScenarioFile
  readonly steps: readonly PlacedStep[]
  /** In the order of the file. */
  readonly made: readonly Made[]
}

export function storyOf(file: ScenarioFile): Story {
  const steps = Object.entries(file.actors).flatMap(([actor, entry]) => {
    const { steps, below } = stepsOf(entry)
    return steps.map((step, i): PlacedStep => ({ actor, path: ['actors', actor, ...below, i], entry: step }))
  })
  const made: Made[] = []
  for (const step of steps) {
    const one = madeBy(step, made, file)
    if (one !== undefined) made.push(one)
  }
  return { file, steps, made }
}

/** Descriptors that are there without a step: one that is no dma-buf, and one that is no longer open. */
const NO_BUFFERS = ['stdin', 'closed']

/** Every name that a target may be, with what it stands for. */
export function namesOf(story: Story): ReadonlyMap<string, ReadonlySet<TargetKind>> {
  const names = new Map<string, Set<TargetKind>>()
  const add = (name: string, kind: TargetKind): void => {
    names.set(name, (names.get(name) ?? new Set()).add(kind))
  }
  for (const name of Object.keys(story.file.devices)) add(name, 'device')
  for (const name of Object.keys(story.file.actors)) add(name, 'actor')
  for (const { name, kind } of story.made) add(name, kind)
  for (const name of NO_BUFFERS) add(name, 'buffer')
  return names
}

/** Only what has a name of its own: `open nvme` without `as` is spoken of by the name of the device. */
function madeBy(step: PlacedStep, before: readonly Made[], file: ScenarioFile): Made | undefined {
  const { as, on, driver } = step.entry
  if (typeof as !== 'string') return undefined
  for (const [verb, target] of Object.entries(step.entry)) {
    const kind = verbSpec(verb)?.makes
    if (kind === undefined || typeof target !== 'string') continue
    const own = kind === 'import' ? on : Object.hasOwn(file.devices, target) ? target : deviceOf(before, target)
    const acting = kind === 'import' && typeof driver === 'string' ? { driver } : {}
    return { name: as, kind, by: step, device: typeof own === 'string' ? own : undefined, ...acting }
  }
  return undefined
}

/** A target as text; `sleep: 500` has a number, and anything else is none. */
export const targetText = (target: unknown): string =>
  typeof target === 'string' || typeof target === 'number' ? String(target) : ''

/** Device of a thing that was made under this name. */
export const deviceOf = (made: readonly Made[], name: string): string | undefined =>
  made.findLast((one) => one.name === name)?.device
