/** A call without `yield*` makes an operation that nobody runs: the kit names the line, whosever function it is. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { BrokenPromise, importerChapters } from '@barter/conformance'
import type { Plugin } from '@barter/core'
import { describe, expect, test } from 'vitest'

const file = join(import.meta.dirname, 'forgetful.js')
const lines = readFileSync(file, 'utf8').split('\n')
const made = (await import(file)) as {
  readonly default: (options: { readonly where: string }) => Plugin
  readonly WHERE: readonly string[]
}

function unrun(where: string): readonly string[] {
  const chapters = importerChapters({ plugin: () => made.default({ where }), driver: 'card' })
  const checks = chapters.flatMap(({ checks: all }) => all)
  const [one] = checks.filter(({ says }) => says === 'each operation that it makes is run')
  try {
    one?.run()
    return []
  } catch (error) {
    if (error instanceof BrokenPromise) return error.broken.happened
    throw error
  }
}

/** Before a call of which function. */
const FOUND: readonly (readonly [where: string, name: string])[] = [
  ['a method', 'rest'],
  ['a method that nobody else can see', '#note'],
  ['a function of the module', 'settle'],
  ['a function of core', 'sleep'],
  ['the end of a function', 'last'],
  ['the value of a variable', 'ask'],
  ['a function that is made for it', 'later'],
]

const { __vitest_worker__: worker } = globalThis as unknown as {
  readonly __vitest_worker__: { readonly config: { readonly coverage: { readonly enabled: boolean } } }
}

describe.skipIf(worker.config.coverage.enabled)(
  'where no coverage is measured, which counts with the same counter',
  () => {
    test('forgotten nowhere, nothing is told', () => {
      expect(unrun('nowhere')).toEqual([])
    })

    test.each(FOUND)('forgotten before %s', (where, name) => {
      const line = lines.findIndex((text) => text.endsWith(`// here: ${where}`)) + 1
      expect(unrun(where)).toEqual([`nobody ran ${name}() at test/outside/forgetful.js:${line}`])
    })

    test('each place is looked at', () => {
      expect(['nowhere', ...FOUND.map(([where]) => where)]).toEqual(made.WHERE)
    })
  },
)
