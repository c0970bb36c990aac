/** The names of the things of a run, and by a name the thing that has it there. */
import { grown } from './grown.ts'
import { ThingNames } from './thing-names.ts'

const ENTRIES = 64

export class NamedThings {
  /** The name of each thing. */
  nameAt = new Int32Array(ENTRIES)
  readonly #names: ThingNames
  /** For each name: the number of the thing that had it last, in this run or another. */
  #numbers = new Int32Array(ENTRIES)
  /** Things that have their names. */
  #named = 0

  /** **Shape** `names`: those that several runs share. */
  constructor(names = new ThingNames()) {
    this.#names = names
  }

  /** Name the next thing; `thing` is how many there were. */
  add(thing: number, kind: number, group: number, sort: number): number {
    if (thing >= this.nameAt.length) this.nameAt = grown(this.nameAt)
    this.#named = thing
    const name = this.#names.next(kind, group, sort, this.#isTaken)
    while (this.#names.count > this.#numbers.length) this.#numbers = grown(this.#numbers)
    this.#numbers[name] = thing
    this.nameAt[thing] = name
    return name
  }

  /** Those of this process. */
  get names(): ThingNames {
    return this.#names
  }

  /** What a digest takes for the name of `thing`. */
  wordOf(thing: number): number {
    return this.#names.wordOf(this.nameAt[thing] as number)
  }

  /** **Shape** gives the number of the thing that has the name among the first `things`; -1 if none has. */
  find(name: number, things: number): number {
    const thing = this.#numbers[name] ?? 0
    return thing < things && this.nameAt[thing] === name ? thing : -1
  }

  /** The run is back where there were so many things: meanwhile their names may have been given to other numbers. */
  restored(things: number): void {
    for (let thing = 0; thing < things; thing++) this.#numbers[this.nameAt[thing] as number] = thing
  }

  readonly #isTaken = (name: number): boolean => this.find(name, this.#named) >= 0
}
