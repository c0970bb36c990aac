/** Looks for what is wrong with a system: over all schedules of a story, and in what its steps end with. */
import { type Outcome, type Report, type Scenario, type System, UNMET, type Violation } from '@barter/core'
import { explore, type Counterexample, type Exploration } from '@barter/explore'
import { runScenario, seededStrategy } from '@barter/sim'

export interface Finding {
  /** `INV-4`, or `outcome` for a step that ended as no rule allows. */
  readonly what: string
  /** The rule that was to prevent it, or that decides the outcome. */
  readonly rule: string
  readonly message: string
}

export interface Search {
  readonly coverage: Exploration['coverage']
  /** How many schedules were tried. */
  readonly schedules: number
  /** Different states that were seen; 0 when nobody looked. */
  readonly states: number
  readonly finding?: Finding
  /** Steps of the shortest schedule known to show it. */
  readonly length?: number
}

/** Threads that run in a circle are stopped. */
const STEP_LIMIT = 5_000
/** A story that needs more of them is too long. */
const MOST_SCHEDULES = 5_000
const MOST_SAMPLES = 100

/**
 * Every schedule, until `wanted` is found; without it, until anything is. A schedule ends with the first violation in it,
 * which may hide the wanted one: then random schedules are run to their end. **Shape** `wanted`: an invariant, or the
 * rule of a violation. A finding that nobody wanted is given when that is all there is.
 */
export function searchSchedules(system: System, scenario: Scenario, wanted?: string): Search {
  const options = { depth: STEP_LIMIT, schedules: MOST_SCHEDULES }
  const all = explore(system, scenario, options)
  const found = chosen(all.violations, wanted)
  if (wanted === undefined || found?.wanted === true) return searchOf(all, found)
  const isWanted = ({ what, rule }: Finding): boolean => what === wanted || rule === wanted
  const seen = sample(system, scenario, { schedules: MOST_SAMPLES, wanted: isWanted })
  return seen.finding !== undefined && isWanted(seen.finding) ? seen : searchOf(all, found)
}

type Chosen = Counterexample & { readonly wanted: boolean }

function chosen(found: readonly Counterexample[], wanted: string | undefined): Chosen | undefined {
  const [first] = found
  const match = wanted === undefined ? undefined : found.find(({ violation }) => isOf(violation, wanted))
  if (match !== undefined) return { ...match, wanted: true }
  return first === undefined ? undefined : { ...first, wanted: false }
}

const isOf = ({ invariant, rule }: Violation, wanted: string): boolean => invariant === wanted || rule === wanted

function searchOf({ coverage, schedules, states }: Exploration, found: Chosen | undefined): Search {
  const seen = { coverage, schedules, states }
  if (found === undefined) return seen
  const { invariant, rule, message } = found.violation
  const what = invariant === UNMET ? 'outcome' : invariant
  return { ...seen, finding: { what, rule, message }, length: found.length }
}

export interface SampleOptions {
  /** At most so many. */
  readonly schedules: number
  /** What ends the search; any finding unless given. */
  readonly wanted?: (finding: Finding) => boolean
  /** The scenario expects what is wrong: an outcome is found when all are as expected. */
  readonly meant?: boolean
}

/** Random schedules, whose steps are also held to what they are to end with. */
export function sample(
  system: System,
  scenario: Scenario,
  { schedules, wanted = () => true, meant = false }: SampleOptions,
): Search {
  const coverage = 'sampled'
  let other: Pick<Search, 'finding' | 'length'> = {}
  for (let seed = 1; seed <= schedules; seed++) {
    const strategy = seededStrategy(seed, { keep: 0.6 })
    strategy.newRun()
    const report = runScenario(system, scenario, { seed, strategy, quiet: true, limit: STEP_LIMIT })
    const findings = meant ? meantIn(report) : wrongIn(report)
    // Of who runs in a circle no schedule is the shortest.
    const length = report.verdict === 'cannot-tell' ? {} : { length: report.steps }
    const finding = findings.find(wanted)
    if (finding !== undefined) return { coverage, schedules: seed, states: 0, finding, ...length }
    const [first] = findings
    if (first !== undefined && other.finding === undefined) other = { finding: first, ...length }
  }
  return { coverage, schedules, states: 0, ...other }
}

/** What a scenario that passes has shown. */
function meantIn({ verdict, violations, outcomes }: Report): readonly Finding[] {
  if (verdict !== 'pass') return []
  const refused = outcomes.filter(({ result }) => result.kind !== 'ok').map(unmet)
  const found = violations.map(({ invariant, rule, message }): Finding => ({ what: invariant, rule, message }))
  return [...found, ...refused, { what: 'outcome', rule: '', message: 'everything ends as the defect has it' }]
}

function wrongIn({ violations, outcomes }: Report): readonly Finding[] {
  const found = violations.map(({ invariant, rule, message }): Finding => ({ what: invariant, rule, message }))
  return [...found, ...outcomes.filter(({ met }) => !met).map(unmet)]
}

function unmet({ actor, text, result }: Outcome): Finding {
  const rule = 'rule' in result && result.rule !== undefined ? result.rule : ''
  const how = result.kind === 'errno' ? result.errno : result.kind
  return { what: 'outcome', rule, message: `${actor}: ${text}: ${how}` }
}
