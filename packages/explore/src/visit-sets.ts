/** Sets of visits of lists, each kept once and known by a number; the empty set is 0. Of one goer a set holds the latest round only. */

/** Of a visit: who makes the round, the round, the visit's number in it. */
export interface Visit {
  readonly goer: number
  readonly round: number
  readonly number: number
}

const NO_VISITS: readonly Visit[] = []
/** More than there are sets. */
const SETS = 0x400_0000
/** More than there are rounds in a run, and visits in a round. */
const ROUNDS = 0x1_0000
const VISITS = 0x1_0000

export class VisitSets {
  readonly #members: (readonly Visit[])[] = [NO_VISITS]
  readonly #numbers = new Map<string, number>([['', 0]])
  readonly #unions = new Map<number, number>()
  readonly #singles = new Map<number, number>()

  members(set: number): readonly Visit[] {
    return this.#members[set] as readonly Visit[]
  }

  /** The set of these visits, but for those of a round that its goer has left behind. */
  of(visits: readonly Visit[]): number {
    if (visits.length === 0) return 0
    const kept = visits.filter(({ goer, round }) => !visits.some((other) => other.goer === goer && other.round > round))
    kept.sort((a, b) => a.round - b.round || a.number - b.number)
    const texts = kept.map(({ goer, round, number }) => `${goer}.${round}.${number}`)
    const key = [...new Set(texts)].join(' ')
    let set = this.#numbers.get(key)
    if (set === undefined) {
      set = this.#members.length
      this.#numbers.set(key, set)
      this.#members.push(kept.filter((_, i) => texts.indexOf(texts[i] as string) === i))
    }
    return set
  }

  /** The set of one visit. */
  one(goer: number, round: number, number: number): number {
    const key = (goer * ROUNDS + round) * VISITS + number
    let set = this.#singles.get(key)
    if (set === undefined) {
      set = this.of([{ goer, round, number }])
      this.#singles.set(key, set)
    }
    return set
  }

  union(a: number, b: number): number {
    if (a === b || b === 0) return a
    if (a === 0) return b
    const key = Math.min(a, b) * SETS + Math.max(a, b)
    let set = this.#unions.get(key)
    if (set === undefined) {
      set = this.of([...this.members(a), ...this.members(b)])
      this.#unions.set(key, set)
    }
    return set
  }

  without(a: number, b: number): number {
    if (a === 0 || b === 0) return a
    if (a === b) return 0
    const out = this.members(b)
    return this.of(this.members(a).filter((one) => !out.some((other) => isSame(one, other))))
  }

  filter(set: number, keeps: (visit: Visit) => boolean): number {
    if (set === 0) return 0
    const members = this.members(set)
    return members.every(keeps) ? set : this.of(members.filter(keeps))
  }
}

const isSame = (a: Visit, b: Visit): boolean => a.goer === b.goer && a.round === b.round && a.number === b.number
