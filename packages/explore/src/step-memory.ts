/**
 * What steps did, remembered from run to run: looked up by what the thread knew before, and by the state of the things that
 * the step looked at. A thread is a function of what it observes, so an equal step does the same.
 */
import type { Explorable, Standing } from '@barter/core'
import {
  ADDS_VALUE,
  BEGINS_ROUND,
  CHANGES_BY,
  COMES_TO,
  COUNTS_VALUE,
  HEEDS,
  isOfThing,
  NOTES_VALUE,
  READS,
  READS_HERE,
  READS_VALUE,
  THING,
  TRIES,
  WORDS,
  WRITES,
  WRITES_VALUE,
} from './recorder.ts'
import { ThingNames } from './thing-names.ts'

/** One step. */
export interface RememberedStep {
  /** See `Recorder`; a thing is the number of its name, or -1, -2, ... in the order in which the step makes them. */
  readonly words: Int32Array
  /** Where the thread stands after it; the thing is named as in `words`. */
  readonly standing: Standing
  /** Names of the things that it makes. */
  readonly made: readonly number[]
  /** Threads that it makes. */
  readonly born: readonly Newborn[]
  /** How often it was taken from memory, and the number of uses at which it is due to be compared with the real code. */
  uses: number
  checkAfter: number
  /** How it moved when last taken (see discipline.ts), and the version of that knowledge; -1 if it never was. */
  moves: number
  movesAt: number
}

export interface Newborn {
  readonly group: number
  /** The thing is named as in the words of the step. */
  readonly standing: Standing
}

/** A branch: the step looks at one thing, and does different things for different contents. */
interface Look extends Asked {
  readonly contentsA: number[]
  readonly contentsB: number[]
  readonly then: (Look | RememberedStep)[]
}

interface Asked {
  readonly name: number
  readonly about: About
}

/**
 * What the thing is like; of a count, whether it is one of few, and which; whether the lock can be taken; whether the thing
 * exists, as some are made when first needed.
 */
type About = 'content' | 'count' | 'lock' | 'being'

/** The current state of things. */
export interface Contents {
  /** **Shape** -1 if there is no such thing. */
  numberOf(name: number): number
  contentA(thing: number): number
  contentB(thing: number): number
  /** **Shape** `undefined` if it is no count. */
  countOf(thing: number): number | undefined
  canTake(lock: number): boolean
}

/** Beyond this many doubted steps, remembering is not worthwhile. */
const MOST_DOUBTS = 32
/** Counts from this on are all alike to a step that makes it one more or one less. */
const MANY = 3
/** Tells them from a content. */
const COUNTED = 0x71374491
/** Some tens of megabytes. Where steps hardly ever recur, more is not worthwhile. */
const MOST_STEPS = 100_000

export class StepMemory {
  readonly names = new ThingNames()
  readonly #steps = new Map<number, Look | RememberedStep>()
  /** Keys of steps that did not do what was remembered. */
  readonly #doubted = new Set<number>()
  /** Steps that are due to be compared with the real code, each with a path that it ends. */
  readonly #due: { readonly step: RememberedStep; readonly path: readonly number[] }[] = []
  #count = 0

  /** Never remember steps with this key again. */
  doubt(key: number): void {
    this.#doubted.add(key)
    this.#steps.delete(key)
  }

  get doubts(): readonly number[] {
    return [...this.#doubted]
  }

  /** It is due to be compared with the real code, on that path or another. */
  isDue(step: RememberedStep, path: readonly number[]): void {
    step.checkAfter = Infinity
    this.#due.push({ step, path: [...path] })
  }

  /** How many are due, or were. */
  get due(): number {
    return this.#due.length
  }

  /** The path of a step that is still due; `undefined` when none is. */
  takeDue(): readonly number[] | undefined {
    for (let last = this.#due.pop(); last !== undefined; last = this.#due.pop()) {
      if (last.step.checkAfter === Infinity) return last.path
    }
    return undefined
  }

  /** Too much depends on what is not told. */
  get isInVain(): boolean {
    return this.#doubted.size > MOST_DOUBTS
  }

  /** Remember nothing from now on. */
  giveUp(): void {
    for (let key = 0; !this.isInVain; key++) this.#doubted.add(key)
  }

  /** **Shape** `key`: a digest of what the thread knows. */
  find(key: number, contents: Contents): RememberedStep | undefined {
    let at = this.#steps.get(key)
    while (at !== undefined && 'then' in at) {
      const { contentsA, contentsB, then } = at
      const [contentA, contentB] = contentOf(at, contents)
      let i = contentsA.length - 1
      while (i >= 0 && (contentsA[i] !== contentA || contentsB[i] !== contentB)) i--
      at = then[i]
    }
    return at
  }

  /** Remember a step that `find` did not find. */
  remember(key: number, contents: Contents, step: RememberedStep): void {
    if (this.#count >= MOST_STEPS || this.#doubted.has(key)) return
    this.#count++
    let put = (next: Look | RememberedStep): void => {
      this.#steps.set(key, next)
    }
    const asked: Asked[] = []
    const goOn = (look: Look): Look | RememberedStep | undefined => {
      asked.push(look)
      const { contentsA, contentsB, then } = look
      const [contentA, contentB] = contentOf(look, contents)
      put = (next) => {
        contentsA.push(contentA)
        contentsB.push(contentB)
        then.push(next)
      }
      return then[contentsA.findIndex((one, i) => one === contentA && contentsB[i] === contentB)]
    }
    // First ask what others with this key looked at, whether this one did or not.
    for (let at = this.#steps.get(key); at !== undefined && 'then' in at;) at = goOn(at)
    for (const { name, about } of looksOf(step)) {
      if (asked.some((one) => one.name === name && one.about === about)) continue
      const look: Look = { name, about, contentsA: [], contentsB: [], then: [] }
      put(look)
      goOn(look)
    }
    put(step)
  }
}

/** The memories of subjects, each shared by all searches of it. */
const memories = new WeakMap<Explorable, StepMemory>()

export function memoryOf(subject: Explorable): StepMemory {
  const known = memories.get(subject)
  if (known !== undefined) return known
  const made = new StepMemory()
  memories.set(subject, made)
  return made
}

function contentOf({ name, about }: Asked, contents: Contents): readonly [number, number] {
  const thing = contents.numberOf(name)
  if (thing < 0) return [-1, -1]
  if (about === 'lock') return [contents.canTake(thing) ? 1 : 0, 0]
  if (about === 'being') return [0, 0]
  const count = about === 'count' ? contents.countOf(thing) : undefined
  return count === undefined ? [contents.contentA(thing), contents.contentB(thing)] : [Math.min(count, MANY), COUNTED]
}

/** What the step looked at, in order, before it changed it, except for what it made. */
function looksOf({ words, made, standing }: RememberedStep): readonly Asked[] {
  const looks: Asked[] = []
  const seen = new Set<number>()
  let next = 0
  for (let i = 0; i < words.length; i += WORDS) {
    const what = words[i] as number
    const name = words[i + 1] as number
    if (what === THING) looks.push({ name: made[next++] as number, about: 'being' })
    if (!isOfThing(what) || name < 0) continue
    if (what === TRIES || what === COMES_TO) looks.push({ name, about: 'lock' })
    // What else the step tells of a count is beside it.
    if (what === CHANGES_BY) looks.push({ name, about: 'count' })
    if (seen.has(name) || what === CHANGES_BY) continue
    seen.add(name)
    looks.push({ name, about: LOOKS.has(what) ? 'content' : 'being' })
  }
  const { kind, thing } = standing
  if ((kind === 'fence' || kind === 'lock' || kind === 'comes') && thing >= 0)
    looks.push({ name: thing, about: 'being' })
  return looks
}

/** Accesses whose result, or the content they leave, depends on the state of the thing. */
const LOOKS: ReadonlySet<number> = new Set([
  READS,
  WRITES,
  READS_VALUE,
  READS_HERE,
  ADDS_VALUE,
  WRITES_VALUE,
  NOTES_VALUE,
  COUNTS_VALUE,
  BEGINS_ROUND,
  HEEDS,
])
