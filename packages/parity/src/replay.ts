/** Replay a recording on a machine, and compare step by step. */
import type { FactsChange, Generation, Machine, Outcome, Report, Topology, TraceEvent } from '@barter/core'
import { compareStep, type Divergence } from './compare.ts'
import { KERNEL_DEFECTS } from './kernel-defects.ts'
import { machineOfRecording } from './machine-of-recording.ts'
import type { ReasonId } from './not-comparable.ts'
import type { Recording } from './recording.ts'
import { MAIN } from './stage.ts'
import { type ScriptedStep, translateRecording } from './translate.ts'
import type { Done } from './word.ts'

/** Where recordings are replayed: made by whoever composes systems. */
export type MakeMachine = (topology: Topology, facts: FactsChange) => Machine | Promise<Machine>

export type StepVerdict =
  | { readonly kind: 'agreed' }
  | { readonly kind: 'not-comparable'; readonly reason: ReasonId }
  | ({ readonly kind: 'different'; readonly rule: string } & Divergence)

const SEED = 1
/** Recordings are long scenarios. */
const LIMIT = 20_000_000
const GENERATIONS: readonly string[] = ['G1', 'G1p', 'G2r', 'G2']

/** **Shape** one verdict a step. **Errors** those of the machine. */
export async function replayRecording(recording: Recording, make: MakeMachine): Promise<readonly StepVerdict[]> {
  const script = translateRecording(recording)
  const machine = await make(machineOfRecording(recording), factsOf(recording))
  const report = await machine.run(script.scenario, { seed: SEED, limit: LIMIT })
  const answers = new Answers(report)
  return script.steps.map((step) => judge(step, answers, recording))
}

/** The facts of the recorded machine and kernel, defects included. */
export function factsOf({ pageSize, iommu, kernel }: Recording): FactsChange {
  return {
    pageSize,
    iommu: { mode: iommu.mode, strict: iommu.strict },
    generation: GENERATIONS.includes(kernel.generation) ? (kernel.generation as Generation) : 'G2',
    switches: KERNEL_DEFECTS,
  }
}

function judge({ step, said, first }: ScriptedStep, answers: Answers, recording: Recording): StepVerdict {
  const done = answers.of(MAIN).slice(first, first + said.steps.length)
  const seen = said.saw(done, (actor) => answers.of(actor))
  if ('notComparable' in seen) return { kind: 'not-comparable', reason: seen.notComparable }
  const divergence = compareStep(step.op, step.saw, seen)
  if (divergence === undefined) return { kind: 'agreed' }
  return { kind: 'different', ...divergence, rule: ruleOf(done) ?? recording.rules.join(' ') }
}

/** The rule that decided in the model, as far as it told. */
function ruleOf(done: readonly Done[]): string | undefined {
  const results = done.flatMap(({ result }) => ('rule' in result && result.rule !== undefined ? [result.rule] : []))
  const maps = done.flatMap(({ events }) => events.flatMap((event) => (event.kind === 'map' ? [event.rule] : [])))
  return results[0] ?? maps.at(-1)
}

/** Outcomes of a report by actor, each with the events that happened while its step was under way. */
class Answers {
  readonly #byActor = new Map<string, readonly Done[]>()

  constructor(report: Report) {
    const spans = stepSpans(report.events)
    const outcomes = new Map<string, Outcome[]>()
    for (const outcome of report.outcomes) {
      const known = outcomes.get(outcome.actor)
      if (known === undefined) outcomes.set(outcome.actor, [outcome])
      else known.push(outcome)
    }
    for (const [actor, list] of outcomes) {
      this.#byActor.set(
        actor,
        list.map(({ result, index, started, ended }) => ({
          result,
          events: eventsOf(report.events, spans.get(`${actor} ${index}`)),
          ...(started === undefined ? {} : { started }),
          ...(ended === undefined ? {} : { ended }),
        })),
      )
    }
  }

  of(actor: string): readonly Done[] {
    return this.#byActor.get(actor) ?? []
  }
}

interface Span {
  readonly from: number
  to: number
}

/** Positions of the events between the beginning and the end of each step, by actor and index. */
function stepSpans(events: readonly TraceEvent[]): ReadonlyMap<string, Span> {
  const spans = new Map<string, Span>()
  for (const [at, event] of events.entries()) {
    if (event.kind === 'step') spans.set(`${event.task} ${event.index}`, { from: at, to: events.length })
    if (event.kind !== 'outcome') continue
    const span = spans.get(`${event.task} ${event.index}`)
    if (span !== undefined) span.to = at
  }
  return spans
}

const eventsOf = (events: readonly TraceEvent[], span: Span | undefined): readonly TraceEvent[] =>
  span === undefined ? [] : events.slice(span.from, span.to)
