/** One actor of a scenario at work: its steps one after the other, and what became of each. */
import {
  hashOfText,
  KernelError,
  type Op,
  point,
  SignalError,
  type StepResult,
  type TraceFact,
  waitFor,
} from '@barter/core'
import { SimFence } from '../kernel/fence.ts'
import { YieldedWrong } from '../kernel/yielded-wrong.ts'
import type { Thread } from '../kernel/thread.ts'
import { waitChain, describeWait } from '../kernel/wait-for.ts'
import type { RunTrace } from '../report/run-trace.ts'
import type { PlannedActor, PlannedHandle, PlannedStep } from './plan.ts'
import type { Process } from './process.ts'
import { type Performed, type SessionServices, StepCall } from './step-call.ts'
import { answerText } from './answer-text.ts'
import { isMet, resultText, seenOfEach, seenText } from './step-result.ts'
import { perform } from './verbs.ts'

export interface StepRecord {
  readonly planned: PlannedStep
  /** `undefined`: it did not return. */
  readonly result: StepResult
  readonly met: boolean
  /** What the process learns of it. */
  readonly seen: string
  readonly started?: number
  readonly ended?: number
}

export class ActorRun {
  readonly planned: PlannedActor
  readonly #process: Process
  readonly #services: SessionServices
  readonly #trace: RunTrace
  /** Told of a step that returned otherwise than it says; while schedules are explored. */
  readonly #unmet: ((record: StepRecord) => void) | undefined
  readonly #records: StepRecord[] = []
  #started: number | undefined
  /** Stands for all results so far. */
  #known = 0
  /** What the step waits for, as another actor has not made it yet. */
  #waitsFor: PlannedHandle | undefined
  readonly #begun: SimFence

  /** **Shape** `group`: its own, while schedules are explored. */
  constructor(
    planned: PlannedActor,
    process: Process,
    services: SessionServices,
    trace: RunTrace,
    {
      unmet,
      group,
    }: { readonly unmet?: ((record: StepRecord) => void) | undefined; readonly group?: number | undefined },
  ) {
    this.#unmet = unmet
    this.planned = planned
    this.#process = process
    this.#services = services
    this.#trace = trace
    this.#begun = new SimFence(`start of ${planned.name}`, { watch: services.kernel.watch, group })
    if (!planned.startedByOther) this.#begun.signal()
  }

  /** The step that it is in, or comes to next. */
  get current(): PlannedStep | undefined {
    return this.planned.steps[this.#records.length]
  }

  /** In a system call that is no wait of user space, or at the end of its process. */
  get isInKernel(): boolean {
    const { current } = this
    return current === undefined || (this.#started !== undefined && current.verb !== 'wait' && !this.#waitsFor)
  }

  get process(): Process {
    return this.#process
  }

  /** Let it go: one that others start waits for this. */
  begin(): void {
    this.#begun.signal()
  }

  /** The body of the actor's thread. */
  *run(): Op<void> {
    yield* waitFor(this.#begun, 'not started yet')
    for (const step of this.planned.steps) {
      if (this.#process.killed.signalled) break
      yield* this.#step(step)
    }
    yield* this.#process.actorEnded()
    yield* this.#services.kernel.returnToUser()
    this.#services.kernel.watch?.settles(this.#known)
  }

  /** Its thread broke a rule: nobody needs to wait for what it was to make. */
  died(thread: Thread): void {
    for (const { makes } of this.planned.steps) {
      if (makes === undefined) continue
      this.#services.handles.notMade(makes, { why: `${thread.name} broke a rule`, allowed: false })
    }
  }

  /** Every step with what became of it, also of those that did not return. **Shape** `stopped`: why, if the run was. */
  records(thread: Thread | undefined, stopped: string | undefined): readonly StepRecord[] {
    const unfinished = this.planned.steps.slice(this.#records.length)
    const rest = unfinished.map((planned, i): StepRecord => {
      const isCurrent = i === 0 && this.#started !== undefined
      const started = isCurrent ? { started: this.#started ?? 0 } : {}
      const result = isCurrent ? this.#unreturned(planned, thread, stopped) : notReached(stopped ?? this.#whyNever(i))
      return { planned, result, met: false, seen: seenText(result), ...started }
    })
    return [...this.#records, ...rest]
  }

  *#step(planned: PlannedStep): Op<void> {
    const { kernel, handles } = this.#services
    const { index } = planned.site
    yield* point(planned.text)
    this.#started = kernel.tick
    if (this.#trace.on) this.#trace.emit({ kind: 'step', index, text: planned.text })
    const { result, met, seen } = yield* this.#perform(planned)
    if (this.#trace.on) this.#trace.emitLater(this.planned.name, () => outcomeOf(planned, result))
    const record = { planned, result, met, seen, started: this.#started, ended: kernel.tick }
    this.#records.push(record)
    // What is missing was told of the step that was to make it, if that says how it ends.
    if (!met && planned.step.expect !== undefined && result.kind !== 'not-reached') this.#unmet?.(record)
    this.#settle(index, seen)
    this.#started = undefined
    if (planned.makes !== undefined) handles.notMade(planned.makes, { why: resultText(result), allowed: met })
  }

  /** Between two steps a process knows what its calls gave back, and nothing else. */
  #settle(index: number, seen: string): void {
    const { watch } = this.#services.kernel
    if (watch === undefined) return
    // Piece by piece, since a text that is put together only to be read once costs more than the reading.
    this.#known = hashOfText(seen, hashOfText(` ${index} `, hashOfText(`${this.#known}`)))
    watch.settles(this.#known)
  }

  /** Within a step that is several calls. What was put off to the return to user space is not forgotten. */
  #settlesWithin({ site }: PlannedStep): ((known: string) => void) | undefined {
    const { watch } = this.#services.kernel
    if (watch === undefined) return undefined
    return (known) => {
      const thread = this.#services.actors.thread(this.planned.name)
      if (thread.owes === 0) {
        watch.settles(hashOfText(known, hashOfText(` in ${site.index} `, hashOfText(`${this.#known}`))))
      }
    }
  }

  *#perform(planned: PlannedStep): Op<Pick<StepRecord, 'result' | 'met' | 'seen'>> {
    const { kernel, handles } = this.#services
    for (const handle of planned.needs) {
      this.#waitsFor = handle
      yield* waitFor(handles.settled(handle), 'not made yet')
      this.#waitsFor = undefined
      const absence = handles.absence(handle)
      if (absence !== undefined) {
        const result = notReached(`there is no ${handle.name} (${absence.why})`)
        return { result, met: absence.allowed, seen: seenText(result) }
      }
    }
    const { result, each } = yield* this.#call(planned)
    yield* kernel.returnToUser()
    const { expect } = planned.step
    if (each === undefined) return { result, met: isMet(result, expect), seen: seenText(result) }
    return { result, met: each.every((one) => isMet(one, expect)), seen: seenOfEach(each) }
  }

  *#call(planned: PlannedStep): Op<Performed> {
    try {
      return yield* perform(new StepCall(planned, this.#process, this.#services, this.#settlesWithin(planned)))
    } catch (error) {
      if (error instanceof SignalError) {
        return { result: { kind: 'signal', signal: error.signal, rule: error.rule, message: error.message } }
      }
      if (error instanceof YieldedWrong) throw blamed(error, planned)
      if (!(error instanceof KernelError)) throw error
      return { result: { kind: 'errno', errno: error.errno, rule: error.rule, message: error.message } }
    }
  }

  #unreturned(planned: PlannedStep, thread: Thread | undefined, stopped: string | undefined): StepResult {
    if (thread?.death !== undefined) {
      const { rule, message } = thread.death
      return { kind: 'blocked', on: rule, why: `its thread broke a rule and is gone: ${message}` }
    }
    if (stopped !== undefined || thread === undefined) return notReached(stopped ?? 'it was not started')
    if (this.#waitsFor !== undefined) {
      const { name, maker } = this.#waitsFor
      return notReached(`${maker.actor} has not made ${name}`)
    }
    const { on, holder } = describeWait(thread)
    return { kind: 'blocked', on, why: waitChain(thread), ...(holder === undefined ? {} : { holder }) }
  }

  #whyNever(position: number): string {
    const first = this.planned.steps[this.#records.length]
    return first === undefined || position === 0
      ? `${this.planned.name} was not started`
      : `${this.planned.name} did not return from step ${first.site.index + 1}`
  }
}

const notReached = (why: string): StepResult => ({ kind: 'not-reached', why })

/** What a driver's word gives is what it was asked for; what a common verb gives is told by what it does. */
const detailOf = ({ verb }: PlannedStep, result: StepResult): string =>
  verb === undefined && result.kind === 'ok' ? answerText(result.value) : resultText(result)

/** As it stands in the trace. */
function outcomeOf(planned: PlannedStep, result: StepResult): TraceFact {
  const rule = 'rule' in result && result.rule !== undefined ? { rule: result.rule } : {}
  const errno = 'errno' in result && result.errno !== undefined ? { errno: result.errno } : {}
  const { index } = planned.site
  const detail = detailOf(planned, result)
  return { kind: 'outcome', index, ok: result.kind === 'ok', detail, ...errno, ...rule }
}

/** Whose word it was in which somebody yielded what is no wait. */
function blamed(error: YieldedWrong, { target, step }: PlannedStep): Error {
  const device = target.kind === 'handle' ? target.handle.device : target.kind === 'device' ? target.device : undefined
  return device?.driver === undefined ? error : error.by(device.driver, step.verb)
}
