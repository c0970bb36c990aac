/** Runs one mutation of one bug, beside the correct system under the same story. */
import { join } from 'node:path'
import { loadScenario } from '@barter/cli'
import { SWITCHES } from '@barter/core'
import type { Beyond, Bug, Found, KernelDefect, Mutation } from './bug.ts'
import { type Finding, sample, type Search, searchSchedules } from './find.ts'
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

/** Random schedules in which outcomes are looked at, and of a scenario file, which is a long story. */
const SAMPLES = 20
const MORE_SAMPLES = 150

/** `complete`: every schedule of a story. `sampled`: some, and every one only where those do not show the mutant. */
export type Effort = 'complete' | 'sampled'

export class Trial {
  readonly #root: string
  readonly #effort: Effort
  /** What is correct is looked at once for each story. */
  readonly #controls = new Map<Story, Search>()

  /** **Shape** `root`: the folder of the repository; `effort`: complete unless given. */
  constructor(root: string, effort: Effort = 'complete') {
    this.#root = root
    this.#effort = effort
  }

  async rows({ id, mutations }: Bug): Promise<readonly Row[]> {
    const rows: Row[] = []
    for (const one of mutations) {
      if ('beyond' in one) rows.push(beyond(id, one))
      else rows.push('file' in one ? await this.#ofFile(id, one) : this.#row(id, one))
    }
    return rows
  }

  #row(bug: string, { what, story, wrong, found, beside = story }: Mutation): Row {
    const mutant = this.#search(story, merged(story.house ?? {}, wrong), wantedBy(found))
    return judged({ bug, mutated: what, mutant, control: this.#control(beside) }, found)
  }

  /** The scenario expects its defect, so it passes with the switch on, and fails without for want of it. */
  async #ofFile(bug: string, { file, found }: KernelDefect): Promise<Row> {
    const cwd = this.#root
    const path = join(cwd, 'examples', 'findings', file)
    const defect = await loadScenario(path, { cwd })
    const right = await loadScenario(path, { cwd, switches: [] })
    const wanted = showing(found)
    const mutant = sample(defect.system, defect.scenario, { schedules: SAMPLES, wanted, meant: true })
    const violated = ({ what }: Finding): boolean => what !== 'outcome'
    const control = sample(right.system, right.scenario, { schedules: SAMPLES, wanted: violated })
    const { coverage, schedules, states } = control
    const clean = { coverage, schedules, states }
    const { does = '' } = SWITCHES.find(({ id }) => id === bug) ?? {}
    const isClean = control.finding === undefined || control.finding.what === 'outcome'
    return judged({ bug, mutated: `switch: ${does}`, mutant, control: isClean ? clean : control }, found)
  }

  /** An outcome that is wrong shows in some random schedule; what breaks an invariant may need one schedule of all. */
  #search(story: Story, house: House, wanted?: string): Search {
    const system = systemOf(house)
    const scenario = scenarioOf(story.title, story.actors, house)
    if (wanted !== undefined && (this.#effort === 'sampled' || !wanted.startsWith('INV-'))) {
      const schedules = this.#effort === 'sampled' ? MORE_SAMPLES : SAMPLES
      const seen = sample(system, scenario, { schedules, wanted: (finding) => isFoundBy(finding, wanted) })
      if (seen.finding !== undefined && isFoundBy(seen.finding, wanted)) return seen
    }
    if (wanted === undefined && this.#effort === 'sampled') return sample(system, scenario, { schedules: SAMPLES })
    const all = searchSchedules(system, scenario, wanted)
    if (wanted !== undefined || all.finding !== undefined) return all
    const { finding } = sample(system, scenario, { schedules: SAMPLES })
    return finding === undefined ? all : { ...all, finding }
  }

  #control(story: Story): Search {
    const known = this.#controls.get(story)
    if (known !== undefined) return known
    const made = this.#search(story, story.house ?? {})
    this.#controls.set(story, made)
    return made
  }
}

/** What the model has no place for is in the table with the reason. */
function beyond(bug: string, { what, beyond: reason }: Beyond): Row {
  const nobody: Search = { coverage: 'complete', schedules: 0, states: 0 }
  return { bug, mutated: what, mutant: nobody, control: nobody, wanted: undefined, reason, good: true }
}

function judged(row: Pick<Row, 'bug' | 'mutated' | 'mutant' | 'control'>, found: Found): Row {
  const wanted = wantedBy(found)
  const reason = 'never' in found ? found.never : 'invariant' in found ? found.instead : undefined
  const { finding } = row.mutant
  const asWanted = wanted === undefined ? finding === undefined : finding !== undefined && isFoundBy(finding, wanted)
  return { ...row, wanted, reason, good: asWanted && row.control.finding === undefined }
}

/** A wrong plugin takes the place of the correct one of its name. */
const merged = (correct: House, wrong: House): House => ({
  ...correct,
  ...wrong,
  plugins: [
    ...(correct.plugins ?? []).filter(({ name }) => wrong.plugins?.every((one) => one.name !== name) !== false),
    ...(wrong.plugins ?? []),
  ],
  nic: { ...correct.nic, ...wrong.nic },
  vfio: { ...correct.vfio, ...wrong.vfio },
})

const wantedBy = (found: Found): string | undefined =>
  'invariant' in found ? found.invariant : 'rule' in found ? found.rule : undefined

const showing =
  (found: Found) =>
  (finding: Finding): boolean =>
    isFoundBy(finding, wantedBy(found) ?? '')

/** An outcome that no rule allows finds what is wrong with a rule; an invariant is found by itself alone. */
function isFoundBy({ what, rule }: Finding, wanted: string): boolean {
  return what === wanted || (!wanted.startsWith('INV-') && (rule === wanted || what === 'outcome'))
}
