/** What exploring came to, as SARIF 2.1.0: a result a violation, at the line of the scenario in which it happened. */
import { type Party, type Report, UNMET, type Violation } from '@barter/core'
import { DETERMINISM, type Exploration } from '@barter/explore'
import { SARIF_SCHEMA } from './sarif.ts'

/** **Shape** `scenario`: its path, relative; `reports`: the run of each counterexample. */
export function exploreSarif(
  result: Exploration,
  scenario: string,
  reports: readonly Report[],
  version: string,
): string {
  const rules = [...new Set(result.violations.map(({ violation }) => violation.invariant))].sort()
  const uri = uriOf(scenario)
  const coverage = { coverage: result.coverage, words: result.words }
  const document = {
    $schema: SARIF_SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'barter',
            semanticVersion: version,
            rules: rules.map((id) => ({ id, shortDescription: { text: descriptionOf(id) } })),
          },
        },
        invocations: [invocationOf(result)],
        properties: coverage,
        results: result.violations.map(({ violation: found, token }, i) => {
          const violation = toldIn(reports[i], found)
          return {
            ruleId: violation.invariant,
            ruleIndex: rules.indexOf(violation.invariant),
            kind: 'fail',
            level: 'error',
            message: { text: messageOf(violation) },
            locations: [place(uri, lineOf(violation.actor, reports[i], violation), violation.actor.what)],
            relatedLocations: violation.parties.map((party, id) => ({
              id,
              ...place(uri, lineOf(party, reports[i]), `${party.who}: ${party.what}`),
            })),
            partialFingerprints: { 'barter/token': token },
          }
        }),
      },
    ],
  }
  return `${JSON.stringify(document, null, 2)}\n`
}

/** A log without results says nothing of how far the search came, so a search that was stopped says so. */
function invocationOf({ stopped, violations, words }: Exploration): object {
  if (!stopped || violations.length > 0) return { executionSuccessful: true }
  const text = `stopped before the end: ${words}`
  return { executionSuccessful: false, toolExecutionNotifications: [{ level: 'warning', message: { text } }] }
}

/** A reference that is relative unless the path is not; what would end a path is no part of it. */
function uriOf(path: string): string {
  const escaped = encodeURI(path).replaceAll(/[?#]/g, encodeURIComponent)
  return /^[^/]*:/.test(escaped) ? `./${escaped}` : escaped
}

function descriptionOf(id: string): string {
  if (id === DETERMINISM) return 'Each run of a schedule does the same'
  return id === UNMET ? 'Steps end as the scenario says, in every order' : `See: barter explain ${id}`
}

/** As its run tells it, which knows when. */
const toldIn = (report: Report | undefined, { invariant, message, ...rest }: Violation): Violation =>
  report?.violations.find((one) => one.invariant === invariant && one.message === message) ?? {
    invariant,
    message,
    ...rest,
  }

const place = (uri: string, startLine: number, text: string) => ({
  physicalLocation: { artifactLocation: { uri }, region: { startLine } },
  message: { text },
})

/**
 * The step that an actor had begun last when it did this: its line in the scenario, 1 when nobody knows. A device has no
 * steps; what it did wrong came about in the step of whoever ran then, or, where nobody ran any more, in that of the last
 * party that has steps, as one who waits for it.
 */
function lineOf({ who, tick }: Party, report: Report | undefined, violation?: Violation): number {
  if (report === undefined) return 1
  const acting = report.events.find(
    (event) => event.kind === 'violation' && event.violation.message === violation?.message,
  )
  const names = [who, acting?.task, ...(violation?.parties ?? []).map((party) => party.who).reverse()]
  const name = names.find((one) => report.outcomes.some(({ actor }) => actor === one))
  const begun = report.outcomes.filter(
    ({ actor, started }) => actor === name && started !== undefined && started <= tick,
  )
  return begun.at(-1)?.place?.line ?? 1
}

/** The invariant is the id of the rule of the log; the rule of ours stands behind the message. */
const messageOf = ({ message, rule, invariant }: Violation): string =>
  rule === invariant ? message : `${message} (${rule})`
