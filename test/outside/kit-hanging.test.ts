/** A driver that lets nobody else run is broken off in a suite, and told with its code and what came before. */
import { AT_END, type Plugin, UsageError } from '@barter/core'
import { describe, expect, test } from 'vitest'
import {
  borrower,
  type Chapter,
  exporterChapters,
  importerChapters,
  lender,
  platformChapters,
} from '@barter/conformance'

const PATIENCE = 0.3
const DRIVER = 'borrower'

function forEver(): never {
  for (;;);
}

/** The borrower of the kit, and beside it what loops. */
const beside = (apply: Plugin['apply']): Plugin => {
  const good = borrower()
  return {
    name: good.name,
    apply: (system) => {
      good.apply(system)
      apply(system)
    },
  }
}

function told(chapters: readonly Chapter[], chapter: string): UsageError {
  for (const { run } of chapters.find(({ name }) => name === chapter)?.checks ?? []) {
    try {
      run()
    } catch (error) {
      if (error instanceof UsageError) return error
      throw error
    }
  }
  throw new Error(`nothing hangs in ${chapter}`)
}

describe('a driver that does not come back', { timeout: 60_000 }, () => {
  const importerThat = (apply: Plugin['apply']): readonly Chapter[] =>
    importerChapters({ plugin: () => beside(apply), driver: DRIVER, patience: PATIENCE })

  test('in a step: which step, of whom, in which call, and the story up to there', () => {
    const chapters = importerThat(({ hooks }) => {
      hooks.event.tap('loops', ({ kind }) => {
        if (kind === 'unmap') forEver()
      })
    })
    const { code, message, stack } = told(chapters, 'lifecycle')
    expect(code).toBe('DRIVER_HANGS')
    const where = `${import.meta.filename}:17`
    expect(message).toMatch(
      /^driver borrower does not come back: in step \d+, of user, it still runs after 0\.3 s, at /,
    )
    expect(message.split('\n')[0]).toMatch(new RegExp(` ${where} \\(forEver, called by told\\)$`))
    expect(message).toContain('near maps buf0: mapping 0\n')
    expect(stack).toContain(`    at forEver (${where}:1)`)
  })

  test('while schedules are explored', () => {
    let isExploring = false
    const chapters = importerThat(({ hooks }) => {
      hooks.fault.tap('loops', ({ point }) => (isExploring && point.length > 0 ? forEver() : undefined))
    })
    isExploring = true
    expect(told(chapters, 'interleavings').message).toMatch(
      /^driver borrower does not come back: in step \d+, of \w+, /,
    )
  })

  test('at the end of a run', () => {
    const chapters = importerThat(({ hooks }) => {
      hooks.exporter.for('lender').intercept({
        call: (run) => {
          run.get(AT_END)(forEver)
        },
      })
    })
    expect(told(chapters, 'lifecycle').message).toContain('it still runs after 0.3 s')
  })

  test('before there is a run', () => {
    const plugin = (): Plugin => ({ name: 'loops', apply: () => forEver() })
    expect(() => importerChapters({ plugin, driver: 'loops', patience: PATIENCE })).toThrow(
      /^driver loops does not come back: while a system is made, .*\(forEver, called by apply/,
    )
    expect(() => exporterChapters({ plugin, driver: 'loops', takes: [], patience: PATIENCE })).not.toThrow()
    const chapters = exporterChapters({ plugin, driver: 'loops', takes: [], patience: PATIENCE })
    expect(told(chapters, 'errors').message).toContain('while a system is made')
  })

  test('of a platform', () => {
    const plugin = (): Plugin => ({ name: 'loops', apply: ({ hooks }) => void hooks.platform.tap('loops', forEver) })
    expect(() => platformChapters({ plugin, patience: PATIENCE })).toThrow(/while a system is made, .* \(forEver\)$/)
  })
})

test('what is right is not broken off', () => {
  const chapters = exporterChapters({ plugin: () => lender(), driver: 'lender', takes: [], patience: 5 })
  for (const { run } of chapters.find(({ name }) => name === 'lifecycle')?.checks ?? []) expect(run).not.toThrow()
})
