/** Looks for what is wrong with a system: over the schedules of a story. */
import type { Outcome, Report, Scenario, System } from '@barter/core'
import { runScenario, seededStrategy } from '@barter/sim'

export interface Finding {
  /** `INV-4`, or `outcome` for a step that ended as no rule allows. */
  readonly what: string
  /** The rule that was to prevent it, or that decides the outcome. */
  readonly rule: string
  readonly message: string
}

export interface Search {
  readonly coverage: 'complete' | 'bounded' | 'sampled'
  /** How many schedules were tried. */
  readonly schedules: number
  /** The first thing found, and the steps of the shortest schedule known to show it. */
  readonly finding?: Finding
  readonly length?: number
}

/** Threads that run in a circle are stopped. */
const STEP_LIMIT = 20_000

export interface SearchOptions {
  /** At most so many. */
  readonly schedules: number
  /** What ends the search; any finding unless given. */
  readonly wanted?: (finding: Finding) => boolean
  /** The scenario expects what is wrong: an outcome is found when all are as expected. */
  readonly meant?: boolean
}

/** Until `wanted` is found, or the schedules are through. */
export function search(
  system: System,
  scenario: Scenario,
  { schedules, wanted = () => true, meant = false }: SearchOptions,
): Search {
  let other: Pick<Search, 'finding' | 'length'> = {}
  for (let seed = 1; seed <= schedules; seed++) {
    const strategy = seededStrategy(seed, { keep: 0.6 })
    strategy.newRun()
    const report = runScenario(system, scenario, { seed, strategy, quiet: true, limit: STEP_LIMIT })
    const findings = meant ? meantIn(report) : wrongIn(report)
    const finding = findings.find(wanted)
    // Of who runs in a circle no schedule is the shortest.
    const length = report.verdict === 'cannot-tell' ? {} : { length: report.steps }
    if (finding !== undefined) return { coverage: 'sampled', schedules: seed, finding, ...length }
    const [first] = findings
    if (first !== undefined && other.finding === undefined) other = { finding: first, ...length }
  }
  return { coverage: 'sampled', schedules, ...other }
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
