/** What exploring came to, as a JUnit report: one case for the scenario, failed by each violation. */
import type { Exploration } from '@barter/explore'
import type { Pieces } from './portrait.ts'
import { xmlTag, xmlText } from './xml.ts'

/** **Shape** `scenario`: its path; `reports`: the counterexamples as text. */
export function* exploreJunit(
  result: Exploration,
  scenario: string,
  seconds: number,
  reports: readonly string[],
): Pieces {
  const failures = result.violations.length
  const totals = { tests: 1, failures, errors: failures === 0 && result.stopped ? 1 : 0, time: seconds.toFixed(3) }
  yield '<?xml version="1.0" encoding="UTF-8"?>\n'
  yield `${xmlTag('testsuites', { name: 'barter explore', ...totals }, '>')}\n`
  yield `  ${xmlTag('testsuite', { name: scenario, ...totals }, '>')}\n`
  yield `    ${xmlTag('testcase', { name: `every interleaving: ${result.words}`, classname: 'barter.explore', time: seconds.toFixed(3) }, '>')}\n`
  for (const [i, { violation, token }] of result.violations.entries()) {
    const { invariant, rule } = violation
    const message = `${invariant}${rule === invariant ? '' : ` (${rule})`}: ${violation.message}`
    yield `      ${xmlTag('failure', { message, type: violation.invariant }, '>')}${xmlText(`${reports[i] ?? ''}\n${token}`)}</failure>\n`
  }
  if (failures === 0 && result.stopped) {
    yield `      ${xmlTag('error', { message: `stopped before the end: ${result.words}`, type: 'stopped' })}\n`
  }
  yield '    </testcase>\n  </testsuite>\n</testsuites>\n'
}
