/** Steps that were seen are not run again, and what is remembered is compared with the real code. */
import type { AccessLog, Explorable, ExploredRun, Standing } from '@barter/core'
import { depthFirst, exploreSubject } from '@barter/explore'
import { expect, test } from 'vitest'
import { step } from './card-house.ts'
import { closeWhileWriting } from './close-while-writing.ts'
import { subjectOf } from './full-house.ts'

/** As `subject`; counts the steps of the real code. */
function counted(subject: Explorable): { readonly subject: Explorable; steps: number } {
  const counts = {
    steps: 0,
    subject: {
      ...subject,
      begin: (log: AccessLog): ExploredRun => {
        const run = subject.begin(log)
        const step = run.step.bind(run)
        run.step = (thread) => {
          counts.steps++
          step(thread)
        }
        return run
      },
    },
  }
  return counts
}

/** The reset and the sleep of who waits for it take as long, and begin in one step. */
const hotReset = (): Explorable =>
  subjectOf({
    devices: { disk: 'vfio-pci' },
    actors: [
      { name: 'vmm', steps: [step('open', 'disk'), step('hotReset', 'disk', { groups: ['disk'] })] },
      { name: 'other', steps: [step('sleep', '', { ticks: 1 })] },
    ],
  })

test.each([
  ['a close while others write', closeWhileWriting],
  ['a reset of the bus', hotReset],
])('%s: most steps are not run again, and nothing is lost by that', (_story, make) => {
  const [remembers, runs] = [true, false].map((remember) => {
    const counts = counted(make())
    const found = depthFirst(counts.subject, { match: true, remember, outcomes: true })
    return { complete: found.complete, outcomes: [...found.outcomes.keys()].sort(), steps: counts.steps }
  })
  expect(remembers?.complete).toBe(true)
  expect(remembers?.outcomes).toEqual(runs?.outcomes)
  expect((remembers?.steps ?? Infinity) * 2).toBeLessThan(runs?.steps ?? 0)
})

/** Threads of one step each, that wait for nothing. */
abstract class OneStepEach implements ExploredRun {
  abstract readonly threads: number
  readonly halted = false
  readonly found = 0
  protected readonly done = new Set<number>()

  /** What `thread` does. */
  protected abstract act(thread: number): void
  abstract finish(): string

  step(thread: number): void {
    this.done.add(thread)
    this.act(thread)
  }

  canRun(thread: number): boolean {
    return !this.done.has(thread)
  }

  hasEnded(thread: number): boolean {
    return this.done.has(thread)
  }

  standing(thread: number): Standing {
    return { kind: this.canRun(thread) ? 'ready' : 'ended', thing: -1, shared: false, ticks: 0, isHardware: false }
  }

  blockedOn(): number {
    return -1
  }

  blockedShared(): boolean {
    return false
  }

  groupOf(): number {
    return -1
  }

  nameOf(thread: number): string {
    return thread === WRITER ? 'writer' : 'reader'
  }

  standsAt(): string {
    return 'somewhere'
  }

  violations() {
    return []
  }
}

const subjectWith = (begin: (log: AccessLog) => ExploredRun): Explorable => ({
  digest: '0'.repeat(16),
  groupClasses: [],
  begin,
  replay: () => {
    throw new Error('nobody replays this')
  },
})

const TAKERS = 6

/** Each takes one of as many, and the last one knows that it was. */
class Takers extends OneStepEach {
  readonly threads = TAKERS
  readonly #log: AccessLog
  readonly #count: number
  readonly #tellsChange: boolean
  #left = TAKERS
  #last = -1

  /** **Shape** `tellsChange`: by how much the count changes, and not only what it is then. */
  constructor(log: AccessLog, tellsChange: boolean) {
    super()
    this.#log = log
    this.#count = log.thing(1, -1)
    this.#tellsChange = tellsChange
    log.noteValue(this.#count, TAKERS)
  }

  act(thread: number): void {
    this.#left--
    if (this.#left > 1) this.#log.addValue(this.#count, this.#left, this.#tellsChange ? -1 : undefined)
    else this.#log.writeValue(this.#count, this.#left)
    if (this.#left > 0) return
    this.#log.readValue(this.#count, 0)
    this.#last = thread
  }

  finish(): string {
    return `${this.#last} was the last`
  }
}

test('a step that changes a count is remembered whatever the count is, unless few are left', () => {
  const [byChange, byCount, unremembered] = [
    { tellsChange: true, remember: true },
    { tellsChange: false, remember: true },
    { tellsChange: true, remember: false },
  ].map(({ tellsChange, remember }) => {
    const counts = counted(subjectWith((log) => new Takers(log, tellsChange)))
    const { complete, outcomes } = depthFirst(counts.subject, { match: true, remember, outcomes: true, singles: false })
    return { complete, outcomes: [...outcomes.keys()].sort(), steps: counts.steps }
  })
  const everybody = Array.from({ length: TAKERS }, (_, thread) => `${thread} was the last`)
  expect(byChange).toMatchObject({ complete: true, outcomes: everybody })
  expect(byCount).toMatchObject({ complete: true, outcomes: everybody })
  expect(unremembered).toMatchObject({ complete: true, outcomes: everybody })
  expect(byChange?.steps).toBeLessThan(byCount?.steps ?? 0)
})

const READER = 0
const WRITER = 1

/** The writer does one thing more when the reader was there before it, and does not tell how it knows. */
class SecretiveRun extends OneStepEach {
  readonly threads = 2
  readonly #log: AccessLog
  readonly #cell: number
  readonly #other: number
  #value = 0
  #seen = -1

  constructor(log: AccessLog) {
    super()
    this.#log = log
    this.#cell = log.thing(1, -1)
    this.#other = log.thing(2, -1)
  }

  act(thread: number): void {
    if (thread === READER) {
      this.#log.readValue(this.#cell, this.#value)
      this.#seen = this.#value
      return
    }
    this.#value = 1
    this.#log.writeValue(this.#cell, 1)
    if (this.done.has(READER)) this.#log.writeValue(this.#other, 1)
  }

  finish(): string {
    return String(this.#seen)
  }
}

test.each(['states', 'dpor'] as const)('%s: a step that depends on what it does not tell is found', (strategy) => {
  const subject = subjectWith((log) => new SecretiveRun(log))
  const { words, violations } = exploreSubject(subject, { strategy })
  expect(words).toMatch(/^sampled \(stopped where a step depends on what is not told, \d schedules?\)$/)
  expect(violations.map(({ violation }) => violation.message)).toEqual([
    'step 2, of writer, depends on what no step tells: it knew and found the same as a step of another schedule, and did otherwise',
  ])
})
