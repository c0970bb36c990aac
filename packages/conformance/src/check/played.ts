/** What became of one story, and what may be demanded of it. */
import {
  type Errno,
  hex,
  type Outcome,
  type Report,
  type Step,
  type StepResult,
  type StepValue,
  type TraceEvent,
  type Violation,
} from '@barter/core'
import { Ledger } from '../lender/ledger.ts'
import { BrokenPromise } from './broken-promise.ts'
import { strayPackets } from './stray-packets.ts'
import { timeline } from './timeline.ts'

/** A demand: the rule, and a sentence of what had to be. */
export interface Demand {
  readonly rule: string
  readonly expected: string
}

export class Played {
  readonly report: Report
  readonly ledger: Ledger
  readonly #steps: Readonly<Record<string, readonly Step[]>>

  constructor(steps: Readonly<Record<string, readonly Step[]>>, report: Report, ledger = new Ledger()) {
    this.#steps = steps
    this.report = report
    this.ledger = ledger
  }

  /** How a step of the story ended. */
  resultOf(step: Step): StepResult {
    return this.outcomeOf(step).result
  }

  outcomeOf(step: Step): Outcome {
    for (const [actor, steps] of Object.entries(this.#steps)) {
      const index = steps.indexOf(step)
      const found = this.report.outcomes.find((one) => one.actor === actor && one.index === index)
      if (index >= 0 && found !== undefined) return found
    }
    throw new Error(`${step.verb} ${step.target} is not in the story`)
  }

  /** Nothing is wrong: no violation, no broken promise, everybody came back. */
  demandClean(demand: Demand): void {
    if (this.#faults().length > 0) this.#break(demand, [])
  }

  /** No violation of these. */
  demandNone(invariants: readonly string[], demand: Demand): void {
    const found = this.report.violations.filter(({ invariant }) => invariants.includes(invariant))
    if (found.length > 0) this.#break(demand, found.map(violationText))
  }

  /** The other run did the same. */
  demandSame(other: Played, demand: Demand): void {
    const [mine, theirs] = [this.report.events, other.report.events].map((events) =>
      events.map((event) => plain(event)),
    )
    const at = mine?.findIndex((event, i) => event !== theirs?.[i]) ?? -1
    if (at < 0 && mine?.length === theirs?.length) return
    const which = at < 0 ? (mine?.length ?? 0) : at
    this.#break(demand, [
      `event ${which} was ${mine?.[which] ?? 'none'}`,
      `and the second time ${theirs?.[which] ?? 'none'}`,
    ])
  }

  /** The step ended well. */
  demandOk(step: Step, demand: Demand): void {
    const result = this.resultOf(step)
    if (result.kind !== 'ok') this.#break(demand, [`"${this.outcomeOf(step).text}" ended with ${resultText(result)}`])
  }

  /** The step did not end well: it was refused, or completed with an error; with that errno, if it is given. */
  demandRefused(step: Step, demand: Demand, errno?: Errno): void {
    const result = this.resultOf(step)
    const refused = result.kind === 'errno' || result.kind === 'error'
    if (refused && (errno === undefined || result.errno === errno)) return
    this.#break(demand, [`"${this.outcomeOf(step).text}" ended with ${resultText(result)}`])
  }

  /** What it says of a refusal is what the exporter said; it may say nothing. */
  demandNoOther(step: Step, errno: Errno, demand: Demand): void {
    const result = this.resultOf(step)
    const said = result.kind === 'errno' || result.kind === 'error' ? result.errno : undefined
    if (said === undefined || said === errno) return
    this.#break(demand, [`"${this.outcomeOf(step).text}" ended with ${resultText(result)}; the exporter said ${errno}`])
  }

  /** What a step gave; nothing where it did not end well. */
  valueOf(step: Step): StepValue {
    const result = this.resultOf(step)
    return result.kind === 'ok' ? (result.value ?? '') : ''
  }

  demandValue(step: Step, value: string, demand: Demand): void {
    this.demandOk(step, demand)
    const result = this.resultOf(step)
    const found = result.kind === 'ok' && typeof result.value === 'string' ? result.value : ''
    if (found !== value) this.#break(demand, [`the memory holds ${bytesText(found)}, not ${bytesText(value)}`])
  }

  /** The read ended well and gave what it expects (`expectData`). */
  demandRead(step: Step, demand: Demand): void {
    this.demandOk(step, demand)
    if (this.valueOf(step) === '') this.#break(demand, [`"${this.outcomeOf(step).text}" gave no data`])
  }

  /** **Units** ticks. */
  demandWithin(step: Step, most: number, demand: Demand): void {
    const { started = 0, ended, text } = this.outcomeOf(step)
    if (ended === undefined || ended - started > most) {
      const took = ended === undefined ? 'did not return' : `took ${ended - started} us`
      this.#break(demand, [`"${text}" ${took}, and ${most} us are allowed`])
    }
  }

  /** The steps took at least so long. **Units** ticks. */
  demandTook(steps: readonly Step[], least: number, demand: Demand): void {
    const took = steps.reduce((sum, one) => {
      const { started = 0, ended = started } = this.outcomeOf(one)
      return sum + ended - started
    }, 0)
    if (took < least) this.#break(demand, [`it came back after ${took} us`])
  }

  /** Who had a mapping when the step ended, a clause each. */
  mappedAtEndOf(step: Step | undefined): readonly string[] {
    if (step === undefined) return []
    const { actor, index } = this.outcomeOf(step)
    const held = new Map<number, string>()
    for (const event of this.report.events) {
      if (event.kind === 'outcome' && event.task === actor && event.index === index) break
      if (event.kind === 'map' && event.mapping !== undefined) {
        held.set(event.mapping, `${event.device} still has mapping ${event.mapping} of ${event.buffer}`)
      } else if (event.kind === 'unmap') held.delete(event.mapping)
    }
    return [...held.values()]
  }

  demand(holds: boolean, demand: Demand, happened: string): void {
    if (!holds) this.#break(demand, [happened])
  }

  /** Everything that must not be in any run. */
  #faults(): readonly string[] {
    const { report, ledger } = this
    return [
      ...report.violations.map(violationText),
      ...strayPackets(report.events, ledger, 'nvme').map(({ rule, what }) => `${rule}: ${what}`),
      ...report.outcomes.flatMap(({ actor, text, result }) =>
        result.kind === 'blocked' ? [`${actor} never came back from "${text}": ${result.why}`] : [],
      ),
      ...(report.verdict === 'cannot-tell' ? [`the run was stopped after ${report.steps} steps: somebody loops`] : []),
    ]
  }

  #break({ rule, expected }: Demand, found: readonly string[]): never {
    const happened = [...new Set([...found, ...this.#faults()])].slice(0, MOST_LINES)
    throw new BrokenPromise({ rule, expected, happened, timeline: timeline(this.report.events) })
  }
}

/** Of what happened: what one mistake leads to is long. */
const MOST_LINES = 6

const plain = (event: TraceEvent): string =>
  JSON.stringify(event, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value))

/** `INV-1 (IMP-3): …; before: …` */
function violationText({ invariant, rule, message, parties }: Violation): string {
  const which = rule === invariant ? invariant : `${invariant} (${rule})`
  const before = parties.map(({ who, what, tick }) => `at ${tick} ${who}: ${what}`)
  return `${which}: ${message}${before.length === 0 ? '' : `; ${before.join('; ')}`}`
}

function resultText(result: StepResult): string {
  switch (result.kind) {
    case 'ok':
      return 'ok'
    case 'errno':
      return `${result.errno} (${result.rule}): ${result.message}`
    case 'error':
      return ['error', result.status, result.errno, result.rule].filter((part) => part !== undefined).join(', ')
    case 'signal':
      return result.signal
    case 'blocked':
      return `nothing: it is blocked, ${result.why}`
    case 'not-reached':
      return `nothing: it was not reached${result.why === undefined ? '' : ` (${result.why})`}`
    case 'not-comparable':
      return result.why
  }
}

/** The first bytes as text where they are such, else in hex. */
function bytesText(bytes: string): string {
  const first = bytes.slice(0, 16)
  const printable = /^[\x20-\x7e]*$/.test(first)
  const shown = printable ? JSON.stringify(first) : [...first].map((byte) => hex(byte.charCodeAt(0))).join(' ')
  return bytes.length > 16 ? `${shown}…` : shown
}
