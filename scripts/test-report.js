// A vitest reporter that counts, and notes why tests were skipped.
import { writeFileSync } from 'node:fs'

export default class TestReport {
  onTestRunEnd(modules) {
    const result = { passed: 0, failed: 0, skipped: 0, skips: [] }
    for (const module of modules) {
      // A module that could not be loaded holds no tests, yet it has failed.
      let failures = 0
      for (const test of module.children.allTests()) {
        const { state, note } = test.result()
        if (state === 'passed') result.passed++
        else if (state === 'failed') failures++
        else {
          result.skipped++
          result.skips.push({ name: test.fullName, reason: note ?? 'no reason given' })
        }
      }
      if (failures === 0 && module.state() === 'failed') failures = 1
      result.failed += failures
    }
    if (process.env.BARTER_TEST_REPORT) writeFileSync(process.env.BARTER_TEST_REPORT, JSON.stringify(result))
  }
}

/** **Shape** what the reporter counted. */
export const closingLine = ({ passed, failed, skipped }) => `${passed} passed, ${failed} failed, ${skipped} skipped`

/** One line for each reason, with the tests that it holds back. */
export function skipSummary(skips) {
  const byReason = new Map()
  for (const { name, reason } of skips) byReason.set(reason, [...(byReason.get(reason) ?? []), name])
  return [...byReason].flatMap(([reason, names]) => [`skipped: ${reason}`, ...names.map((name) => `  ${name}`)])
}
