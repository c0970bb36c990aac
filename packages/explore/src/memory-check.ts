/**
 * Does each step depend only on what is told? A search that leaves orders out rests on that, and would never notice. So some
 * schedules are walked with steps from memory: where a thread knows and finds the same as in another schedule, the real code
 * has to do the same. That shows only in orders that are walked, so the first walks are random.
 */
import { type Explorable, Random } from '@barter/core'
import { enabledOf } from './enabled-of.ts'
import { Recorder } from './recorder.ts'
import { Doubted, RememberedRun } from './remembered-run.ts'
import { memoryOf } from './step-memory.ts'

const SEED = 23
const WALKS = 32
/**
 * Mean number of steps before a walk turns to another thread. The fewer turns, the more often a thread knows what it knew in
 * another walk, and its step is compared.
 */
const TURNS_ONCE_IN = [1, 3, 10, 40]
/** Limit for a walk, which may have no end. */
const MOST_STEPS = 2000
/** Every schedule up to this number is checked, then one in as many. */
const LOOKS = 64

export class MemoryCheck {
  readonly #subject: Explorable
  #run: RememberedRun | undefined
  #schedules = 0

  /** A subject that does not say where its threads stand has no memory of steps, and is not checked. */
  constructor(subject: Explorable) {
    this.#subject = subject
    if (subject.begin(new Recorder()).standing !== undefined) this.#run = new RememberedRun(subject, quiet())
  }

  /** Random schedules. **Errors** `Parted`. */
  walk(): void {
    const random = new Random(SEED)
    for (let i = 0; i < WALKS; i++) {
      const onceIn = TURNS_ONCE_IN[i % TURNS_ONCE_IN.length] as number
      let last: number | undefined
      this.#look((able) => {
        if (last === undefined || !able.includes(last) || random.below(onceIn) === 0)
          last = able[random.below(able.length)]
        return last
      })
    }
  }

  /** Check a schedule that a search has run. **Errors** `Parted`. */
  sees(path: readonly number[]): void {
    if (++this.#schedules > LOOKS && this.#schedules % LOOKS !== 0) return
    this.#look((able, depth) => able.find((thread) => thread === path[depth]))
  }

  #look(choose: (able: readonly number[], depth: number) => number | undefined): void {
    const run = this.#run
    if (run === undefined) return
    try {
      run.restart()
      for (let depth = 0; depth < MOST_STEPS && !run.halted && run.found === 0; depth++) {
        const able = enabledOf(run)
        const thread = able.length === 0 ? undefined : choose(able, depth)
        if (thread === undefined) break
        run.step(thread)
      }
      run.check()
      run.checkDue(0)
    } catch (error) {
      if (!(error instanceof Doubted)) throw error
      if (memoryOf(this.#subject).isInVain) this.#run = undefined
    }
  }
}

function quiet(): Recorder {
  const heard = new Recorder()
  heard.keeps = false
  return heard
}
