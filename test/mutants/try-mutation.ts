/** Runs one mutation of one bug, beside the correct system under the same story. */
import type { Bug, Mutation } from './bug.ts'
import { type Finding, type Search, search } from './find.ts'
import { type House, scenarioOf, systemOf } from './house.ts'
import type { Story } from './story.ts'

export interface Row {
  readonly bug: string
  readonly mutated: string
  readonly mutant: Search
  /** The correct system under the same story. */
  readonly control: Search
  /** Invariant or rule that was to find it; `undefined`: it is not to be found. */
  readonly wanted: string | undefined
  /** Why it is not to be found, or why by another invariant than the catalogue says. */
  readonly reason: string | undefined
  /** As it should be: found by what was to find it, or not found with a reason; and the control is clean. */
  readonly good: boolean
}

export interface Effort {
  /** At most so many schedules for one system. */
  readonly schedules: number
}

export class Trial {
  readonly #effort: Effort
  /** What is correct is looked at once for each story. */
  readonly #controls = new Map<Story, Map<House, Search>>()

  constructor(effort: Effort) {
    this.#effort = effort
  }

  rows({ id, mutations }: Bug): readonly Row[] {
    return mutations.map((mutation) => this.#row(id, mutation))
  }

  #row(bug: string, { what, story, wrong, found, right }: Mutation): Row {
    const wanted = 'invariant' in found ? found.invariant : 'rule' in found ? found.rule : undefined
    const mutant = this.#search(story, merged(story.house ?? {}, wrong), wanted)
    const control = this.#control(story, right ?? story.house ?? CORRECT)
    const reason = 'never' in found ? found.never : 'invariant' in found ? found.instead : undefined
    const clean = control.finding === undefined
    return { bug, mutated: what, mutant, control, wanted, reason, good: clean && isGood(mutant.finding, wanted) }
  }

  #search(story: Story, house: House, wanted?: string): Search {
    return search(systemOf(house), scenarioOf(story.title, story.actors, house), {
      schedules: this.#effort.schedules,
      ...(wanted === undefined ? {} : { wanted: (finding) => isFoundBy(finding, wanted) }),
    })
  }

  #control(story: Story, house: House): Search {
    const known = this.#controls.get(story)?.get(house)
    if (known !== undefined) return known
    const made = this.#search(story, house)
    this.#controls.set(story, (this.#controls.get(story) ?? new Map<House, Search>()).set(house, made))
    return made
  }
}

const CORRECT: House = {}

const merged = (correct: House, wrong: House): House => ({
  ...correct,
  ...wrong,
  plugins: [...(correct.plugins ?? []), ...(wrong.plugins ?? [])],
  nic: { ...correct.nic, ...wrong.nic },
  vfio: { ...correct.vfio, ...wrong.vfio },
})

const isGood = (finding: Finding | undefined, wanted: string | undefined): boolean =>
  wanted === undefined ? finding === undefined : finding !== undefined && isFoundBy(finding, wanted)

/** An outcome that no rule allows finds what is wrong with a rule; an invariant is found by itself alone. */
function isFoundBy({ what, rule }: Finding, wanted: string): boolean {
  return what === wanted || (!wanted.startsWith('INV-') && (rule === wanted || what === 'outcome'))
}
