/** The report of one run: plain data, the same bytes for the same seed. Events are made when they are first read. */
import type { Expectation, Outcome, Report, Scenario, TraceEvent, Violation } from '@barter/core'
import type { StepRecord } from '../session/actor-run.ts'
import type { ActorRecords } from '../session/session.ts'
import { evaluate } from './expectations.ts'
import type { Recording } from './recording.ts'

export interface RunFacts {
  readonly scenario: Scenario
  readonly seed: number
  readonly actors: readonly ActorRecords[]
  readonly violations: readonly Violation[]
  readonly recording: Recording
  readonly steps: number
  readonly ticks: number
  /** Why the run was stopped before its end, if it was. */
  readonly stopped: string | undefined
  /** It was stopped because the machine went down. */
  readonly down: boolean
}

export const buildReport = (run: RunFacts): Report => new RunReport(run)

class RunReport implements Report {
  readonly machine = 'sim'
  readonly title: string
  readonly seed: number
  readonly verdict: Report['verdict']
  readonly outcomes: readonly Outcome[]
  readonly expectations: Report['expectations']
  readonly violations: readonly Violation[]
  // These three are made by the constructor alone, so that they are in this order.
  declare readonly events: readonly TraceEvent[]
  declare readonly steps: number
  declare readonly ticks: number
  readonly #recording: Recording

  /** One property for all reports: a getter in a literal is another function each time, made in the old heap. */
  static readonly #events: PropertyDescriptor & ThisType<RunReport> = {
    enumerable: true,
    configurable: true,
    get() {
      return this.#recording.events
    },
  }

  constructor(run: RunFacts) {
    const { scenario, actors, violations } = run
    this.#recording = run.recording
    const outcomes: Outcome[] = []
    for (const { actor, steps } of actors) {
      const toBlock = isToBlock(scenario.expect, actor)
      for (const step of steps) outcomes.push(outcomeOf(actor, step, toBlock))
    }
    const expectations = scenario.expect.map((expectation) => evaluate(expectation, actors, violations))
    const allMet = expectations.every((one) => one.met)
    this.title = scenario.title
    this.seed = run.seed
    this.verdict = verdict(run, outcomes, allMet)
    this.outcomes = outcomes
    this.expectations = expectations
    this.violations = violations
    Object.defineProperty(this, 'events', RunReport.#events)
    this.steps = run.steps
    this.ticks = run.ticks
  }
}

/** Of one who is to block, the step that does not return is as it should be, and those after it too. */
function outcomeOf(actor: string, { planned, result, met, started, ended }: StepRecord, toBlock: boolean): Outcome {
  const { step, site, text } = planned
  const neverReturned = result.kind === 'blocked' || result.kind === 'not-reached'
  // One after the other, in this order: to spread what may be missing costs more than all the rest of a report.
  const outcome: Partial<Changeable<Outcome>> = { actor, index: site.index, text, result }
  if (step.expect !== undefined) outcome.expected = step.expect
  outcome.met = met || (toBlock && neverReturned)
  if (started !== undefined) outcome.started = started
  if (ended !== undefined) outcome.ended = ended
  if (step.place !== undefined) outcome.place = step.place
  return outcome as Outcome
}

type Changeable<T> = { -readonly [K in keyof T]: T[K] }

/** What is certain even though a run was stopped: a violation, and a step that returned and should not have so. */
function verdict(run: RunFacts, outcomes: readonly Outcome[], allMet: boolean): Report['verdict'] {
  const wanted = run.scenario.expect.flatMap((one) => (one.kind === 'violation' ? one.invariant : []))
  if (run.violations.some((one) => !wanted.includes(one.invariant))) return 'fail'
  // Nobody expects anything of a machine that is down, if it was meant to go down.
  if (run.down) return allMet && outcomes.every((one) => one.met || one.ended === undefined) ? 'pass' : 'fail'
  if (run.stopped !== undefined)
    return outcomes.some((one) => !one.met && one.ended !== undefined) ? 'fail' : 'cannot-tell'
  return allMet && outcomes.every((one) => one.met) ? 'pass' : 'fail'
}

const isToBlock = (expectations: readonly Expectation[], actor: string): boolean =>
  expectations.some((one) => one.kind === 'blocks' && one.actor === actor)
