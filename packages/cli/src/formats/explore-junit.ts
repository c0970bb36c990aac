/**
 * What exploring came to, as a JUnit report: a case for each violation, which fails, or one for all interleavings, which passes
 * or was stopped. Readers show one failure of a case and count cases, so there are never two in one.
 */
import type { Violation } from '@barter/core'
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
  const { violations, words } = result
  const failures = violations.length
  const isStopped = failures === 0 && result.stopped
  const time = seconds.toFixed(3)
  const totals = { tests: Math.max(failures, 1), failures, errors: isStopped ? 1 : 0, time }
  const testcase = (name: string): string =>
    `    ${xmlTag('testcase', { name, classname: 'barter.explore', time }, '>')}\n`
  yield '<?xml version="1.0" encoding="UTF-8"?>\n'
  yield `${xmlTag('testsuites', { name: 'barter explore', ...totals }, '>')}\n`
  yield `  ${xmlTag('testsuite', { name: scenario, ...totals }, '>')}\n`
  for (const [i, { violation, token }] of violations.entries()) {
    const kind = kindOf(violation)
    const before = violations.slice(0, i).filter((one) => kindOf(one.violation) === kind).length
    yield testcase(before === 0 ? kind : `${kind}, another`)
    const failure = xmlTag('failure', { message: `${kind}: ${violation.message}`, type: violation.invariant }, '>')
    yield `      ${failure}${xmlText(`${reports[i] ?? ''}\n${token}`)}</failure>\n    </testcase>\n`
  }
  if (failures === 0) {
    yield testcase(`every interleaving: ${words}`)
    if (isStopped) yield `      ${xmlTag('error', { message: `stopped before the end: ${words}`, type: 'stopped' })}\n`
    yield '    </testcase>\n'
  }
  yield '  </testsuite>\n</testsuites>\n'
}

const kindOf = ({ invariant, rule }: Violation): string => (rule === invariant ? invariant : `${invariant} (${rule})`)
