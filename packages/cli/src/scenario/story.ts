/** What the steps of a scenario speak of: its devices, its actors, and what its steps make. */
import { type HandleKind, type TargetKind, verbSpec } from '@barter/core'
import type { DriverWords } from '../plugins/driver-words.ts'
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
  /** Driver that acts on behalf of the device, when it is not the one bound to it; of an object, the one that made it. */
  readonly driver?: string
  /** Of an object. */
  readonly type?: string
}

/** A character device and its driver. */
type Node = NonNullable<DriverWords['node']> & { readonly driver: string }

export interface Story {
  readonly file: ScenarioFile
  /** Character devices that may be opened. */
  readonly nodes: readonly Node[]
  readonly steps: readonly PlacedStep[]
  /** In the order of the file. */
  readonly made: readonly Made[]
}

/** **Shape** `drivers`: what they know, for what is made of their character devices. */
export function storyOf(file: ScenarioFile, drivers: readonly DriverWords[] = []): Story {
  const nodes = drivers.flatMap(({ node, driver }): Node[] => (node === undefined ? [] : [{ ...node, driver }]))
  const steps = Object.entries(file.actors).flatMap(([actor, entry]) => {
    const { steps, below } = stepsOf(entry)
    return steps.map((step, i): PlacedStep => ({ actor, path: ['actors', actor, ...below, i], entry: step }))
  })
  const made: Made[] = []
  for (const step of steps) {
    const one = nodeOpened(step, nodes) ?? madeBy(step, made, file)
    if (one !== undefined) made.push(one)
  }
  addObjects(steps, made, nodes)
  return { file, nodes, steps, made }
}

function nodeOpened(by: PlacedStep, nodes: readonly Node[]): Made | undefined {
  const { as, open } = by.entry
  const node = nodes.find(({ path }) => path === open)
  if (typeof as !== 'string' || node === undefined) return undefined
  return { name: as, kind: 'object', by, device: undefined, driver: node.driver, type: node.opens }
}

/** What words of objects make, which may have words that make something. */
function addObjects(steps: readonly PlacedStep[], made: Made[], nodes: readonly Node[]): void {
  for (let before = -1; before < made.length;) {
    before = made.length
    for (const by of steps) {
      const { as } = by.entry
      if (typeof as !== 'string' || made.some((one) => one.by === by)) continue
      const found = Object.entries(by.entry).flatMap(([verb, target]) => madeByWord(verb, target, made, nodes))[0]
      if (found !== undefined) made.push({ name: as, kind: 'object', by, device: undefined, ...found })
    }
  }
}

function madeByWord(
  verb: string,
  target: unknown,
  made: readonly Made[],
  nodes: readonly Node[],
): readonly Pick<Made, 'driver' | 'type'>[] {
  const on = made.find((one) => one.name === target && one.kind === 'object')
  const node = nodes.find(({ driver }) => driver === on?.driver)
  const type = node?.types[on?.type ?? '']?.controls[verb]?.makes
  return node === undefined || type === undefined ? [] : [{ driver: node.driver, type }]
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
  // Opened as a device file is.
  for (const { path } of story.nodes) add(path, 'device')
  return names
}

/** Only what has a name of its own: `open nvme` without `as` is spoken of by the name of the device. */
function madeBy(step: PlacedStep, before: readonly Made[], file: ScenarioFile): Made | undefined {
  const { as, on, driver } = step.entry
  if (typeof as !== 'string') return undefined
  for (const [verb, target] of Object.entries(step.entry)) {
    const kind = verbSpec(verb)?.makes
    if (kind === undefined || typeof target !== 'string') continue
    if (kind === 'object') return { name: as, kind, by: step, device: undefined, type: target }
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
