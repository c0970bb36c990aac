/** Chapters become tests of vitest. A chapter that a plugin is known to break has one test: that it does. */
import { describe, test } from 'vitest'
import { BrokenPromise } from './check/broken-promise.ts'
import type { Chapter } from './check/check.ts'

export interface SuiteSpec {
  readonly title: string
  readonly chapters: readonly Chapter[]
  readonly breaks: Readonly<Partial<Record<string, string>>>
}

export function describeChapters({ title, chapters, breaks }: SuiteSpec): void {
  describe(title, () => {
    for (const { name, checks, leftOut } of chapters) {
      const reason = breaks[name]
      describe(name, () => {
        if (checks.length === 0) test.skip(`left out: ${leftOut ?? 'nothing to look at'}`, () => undefined)
        else if (reason === undefined) for (const { rule, says, run } of checks) test(`${rule}: ${says}`, run)
        else test(`is broken, as said: ${reason}`, () => demandBroken(name, checks))
      })
    }
  })
}

/** **Errors** an `Error` when every check of the chapter holds: then it is not broken any more. */
export function demandBroken(name: string, checks: Chapter['checks']): void {
  const found = checks.filter(({ run }) => breaks(run))
  if (found.length > 0) return
  throw new Error(`every check of "${name}" holds, so the chapter is not broken: take it out of \`breaks\``)
}

function breaks(run: () => void): boolean {
  try {
    run()
    return false
  } catch (error) {
    if (error instanceof BrokenPromise) return true
    throw error
  }
}
