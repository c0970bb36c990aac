/** Requirements as a JUnit report: a case an ordered pair, as CI servers show them. */
import type { RequirementResult } from '@barter/inspect'
import type { Pieces } from './portrait.ts'
import { xmlTag, xmlText } from './xml.ts'

export function* junit(results: readonly RequirementResult[], machine: string): Pieces {
  const all = results.flatMap(casesOf)
  const count = (met: Case['met']): number => all.filter((one) => one.met === met).length
  yield '<?xml version="1.0" encoding="UTF-8"?>\n'
  const totals = { tests: all.length, failures: count(false), errors: count('unknown') }
  yield `${xmlTag('testsuites', { name: 'barter', ...totals }, '>')}\n`
  for (const result of results) {
    const cases = casesOf(result)
    const own = (met: Case['met']): number => cases.filter((one) => one.met === met).length
    const counts = { tests: cases.length, failures: own(false), errors: own('unknown') }
    yield `  ${xmlTag('testsuite', { name: result.requirement.text, ...counts, hostname: machine }, '>')}\n`
    for (const one of cases) yield* testcase(one, result)
    yield '  </testsuite>\n'
  }
  yield '</testsuites>\n'
}

interface Case {
  readonly name: string
  readonly met: boolean | 'unknown'
  readonly message: string
  readonly text: string
}

function* testcase({ name, met, message, text }: Case, { requirement }: RequirementResult): Pieces {
  const head = { name, classname: `barter.require.${requirement.wanted}` }
  if (met === true) return void (yield `    ${xmlTag('testcase', head)}\n`)
  const word = met === 'unknown' ? 'error' : 'failure'
  yield `    ${xmlTag('testcase', head, '>')}\n`
  yield `      ${xmlTag(word, { message, type: met === 'unknown' ? 'unknown' : 'not-met' }, '>')}${xmlText(text)}</${word}>\n`
  yield '    </testcase>\n'
}

function casesOf({ requirement, met, why, checks }: RequirementResult): readonly Case[] {
  if (why !== undefined) return [{ name: requirement.text, met, message: why, text: why }]
  return checks.map((check) => ({
    name: `${check.client} to a BAR of ${check.provider}`,
    met: check.met,
    message: `wanted ${requirement.wanted}, found ${check.found} (${check.rule})`,
    text: check.reason,
  }))
}
