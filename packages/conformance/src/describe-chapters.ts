/** Chapters become tests of vitest. What a plugin is known to break has to break: a test demands that it does. */
import { UsageError } from '@barter/core'
import { describe, test } from 'vitest'
import { BrokenPromise } from './check/broken-promise.ts'
import type { Chapter, Check } from './check/check.ts'

export interface SuiteSpec {
  readonly title: string
  readonly chapters: readonly Chapter[]
  /** By chapter, or by `chapter: ` and how the name of a test begins, in whole words. */
  readonly breaks: Breaks
}

/** What is known to be broken, each with the reason: `{ revoke: '…', 'errors: INV-28: nic:dereg': '…' }`. */
export type Breaks = Readonly<Partial<Record<string, string>>>

/** A test: what it is called and what it does. */
export interface SuiteTest {
  readonly chapter: string
  readonly name: string
  run(): void
}

/** How long a test takes hangs on the machine, and is not what is tested. */
const PATIENT = { timeout: 60_000 }

export function describeChapters(suite: SuiteSpec): void {
  const tests = suiteTests(suite)
  describe(suite.title, () => {
    for (const { name, checks, leftOut } of suite.chapters) {
      describe(name, () => {
        if (checks.length === 0) test.skip(`left out: ${leftOut ?? 'nothing to look at'}`, () => undefined)
        for (const one of tests) if (one.chapter === name) test(one.name, PATIENT, one.run)
      })
    }
    for (const one of tests) if (one.chapter === '') test(one.name, PATIENT, one.run)
  })
}

/** **Shape** a word of `breaks` that names nothing becomes a test of no chapter, which fails. */
export function suiteTests({ chapters, breaks }: SuiteSpec): readonly SuiteTest[] {
  const used = new Set<string>()
  const reasonOf = (key: string): string | undefined => {
    const [said] = Object.keys(breaks).filter((word) => key === word || (word.includes(': ') && beginsWith(key, word)))
    if (said !== undefined) used.add(said)
    return said === undefined ? undefined : breaks[said]
  }
  const tests = chapters.flatMap(({ name: chapter, checks }): readonly SuiteTest[] => {
    const reason = reasonOf(chapter)
    if (reason !== undefined && checks.length > 0) {
      return [{ chapter, name: `is broken, as said: ${reason}`, run: () => demandBroken(chapter, checks) }]
    }
    return checks.map((one) => testOf(chapter, one, reasonOf(`${chapter}: ${nameOf(one)}`)))
  })
  const unused = Object.keys(breaks).filter((word) => !used.has(word))
  return [
    ...tests,
    ...unused.map((word) => ({
      chapter: '',
      name: `breaks: ${word}`,
      run: () => {
        throw new Error(`\`breaks\` names ${word}, and there is no such chapter or test`)
      },
    })),
  ]
}

/** In whole words: `locking: DMB-1` is not how `locking: DMB-11: …` begins. */
const beginsWith = (name: string, words: string): boolean =>
  name.startsWith(words) && !/^[\w-]/.test(name.slice(words.length))

const nameOf = ({ rule, says }: Check): string => `${rule}: ${says}`

function testOf(chapter: string, one: Check, reason: string | undefined): SuiteTest {
  const name = nameOf(one)
  if (reason === undefined) return { chapter, name, run: () => runHinting(one) }
  return { chapter, name: `is broken, as said: ${reason} (${name})`, run: () => demandBroken(name, [one]) }
}

/** What to do is beside the message of an error, where runners of tests do not look. */
function runHinting({ run }: Check): void {
  try {
    run()
  } catch (error) {
    if (error instanceof UsageError && error.hint !== undefined) error.message += `\n\nto do: ${error.hint}`
    throw error
  }
}

/** **Errors** an `Error` when every check holds: then nothing is broken any more. */
function demandBroken(name: string, checks: readonly Check[]): void {
  if (checks.some(isBroken)) return
  throw new Error(`"${name}" holds, so it is not broken: take it out of \`breaks\``)
}

function isBroken({ run }: Check): boolean {
  try {
    run()
    return false
  } catch (error) {
    if (error instanceof BrokenPromise) return true
    throw error
  }
}
