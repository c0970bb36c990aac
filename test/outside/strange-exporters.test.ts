/** Exporters of others: the kit and an exploration find what is wrong in them, and nothing in one that is right. */
import { join } from 'node:path'
import { loadScenario } from '@barter/cli'
import { BrokenPromise, exporterChapters, type ExporterSpec } from '@barter/conformance'
import type { Plugin } from '@barter/core'
import { explore } from '@barter/explore'
import { describe, expect, test } from 'vitest'

const here = import.meta.dirname
const made = (await import(join(here, 'strange-exporter.js'))) as {
  readonly default: (options: { readonly how: string }) => Plugin
  readonly HOW: Readonly<Record<string, unknown>>
}

const specOf = (how: string): ExporterSpec => ({
  plugin: () => made.default({ how }),
  driver: 'card',
  takes: [
    { name: 'reset', words: [{ verb: 'reset' }], back: 'itself' },
    { name: 'off', words: [{ verb: 'off' }], back: [{ verb: 'on' }] },
  ],
  schedules: 40,
})

/** How checks of the kit fail, if they do: `RULE: what it looks at: what happened`. **Shape** `of`: which. */
function failures(how: string, of: (chapter: string, check: string) => boolean = () => true): string[] {
  return exporterChapters(specOf(how)).flatMap(({ name, checks }) =>
    checks.flatMap(({ rule, says, run }) => {
      if (!of(name, `${rule}: ${says}`)) return []
      try {
        run()
        return []
      } catch (error) {
        if (!(error instanceof BrokenPromise)) throw error
        return [`${rule}: ${says}: ${error.broken.happened.join(' | ')}`]
      }
    }),
  )
}

/** Of the kit: the chapter, how the check is called, and some of what happened. */
const IN_KIT: readonly (readonly [how: string, chapter: string, check: string, happened: string])[] = [
  ['resets without a revoke', 'revoke', 'REV-2: reset: who', 'near still has mapping'],
  [
    'revokes when it is off already',
    'revoke',
    'INV-1: off:',
    'INV-14 (HAZ-1): near wrote 64 bytes at 0x80000000, which is for 0000:03:00.0, dark because',
  ],
  [
    'lends again before it is on',
    'interleavings',
    'INV-1: an import comes and goes while its buffer is taken back by off',
    'INV-14 (HAZ-1)',
  ],
  ['forgets its second buffer', 'revoke', 'REV-1: reset', 'near still has mapping 1'],
  ['lists a buffer under no lock', 'interleavings', 'VFIO-16', 'INV-14 (HAZ-1)'],
  ['lends while it is off', 'restore', 'VFIO-16: what is lent during off', 'INV-14 (HAZ-1)'],
  [
    'tells nobody',
    'revoke',
    'REV-2: reset: who',
    'INV-10 (DMB-16): user takes card#1 back and waits for its importers to unmap, and has told none',
  ],
  [
    'tells one alone',
    'revoke',
    'REV-2: reset: who',
    'INV-12 (DMB-16): user: near alone is told to let go of card#1; an exporter calls invalidate() of',
  ],
  ['misses the last unmap', 'interleavings', 'INV-10: an importer unmaps from a thread of its own', 'INV-10 (REV-2)'],
  [
    'never unlists a buffer',
    'lifecycle',
    'INV-28: after the last reference',
    'INV-27: user: card asks for a reference to card#1 after its release: `release` takes it off every list',
  ],
  [
    'frees no table',
    'lifecycle',
    'INV-28: after the last reference',
    'INV-28 (SGT-14): left over: mapping 0 of card#1, made for near',
  ],
  ['says too early that it is over', 'revoke', 'INV-1: reset', 'INV-1 (REV-2): near wrote'],
  [
    'fails to unmap',
    'lifecycle',
    'INV-28: after the last reference',
    'INV-12 (DMB-14): user: card fails to unmap card#1 with EIO (no answer)',
  ],
  [
    'wakes who waits before it frees',
    'revoke',
    'REV-2: reset: no address',
    '0x200000000000 still leads to card#1 when it is said to be taken back',
  ],
  [
    'takes its lock in the callback of others',
    'revoke',
    'REV-2: reset: who',
    'INV-12: user takes card(nvme), which it holds',
  ],
]

describe('the kit', { timeout: 60_000 }, () => {
  test('finds nothing in an exporter that is right', () => {
    expect(failures('right')).toEqual([])
  })

  test.each(IN_KIT)('finds one that %s, in %s: %s', (how, chapter, called, happened) => {
    const found = failures(how, (name, check) => name === chapter && check.startsWith(called))
    expect(found.map((one) => one.includes(happened))).toContain(true)
  })

  test('looks at every one of them', () => {
    expect(['right', ...IN_KIT.map(([how]) => how)]).toEqual(Object.keys(made.HOW))
  })
})

describe('an exploration', { timeout: 60_000 }, () => {
  test.each([
    ['resets without a revoke', 'INV-14 (HAZ-1)', 'one'],
    ['revokes when it is off already', 'INV-14 (HAZ-1)', 'one'],
    ['lends again before it is on', 'INV-14 (HAZ-1)', 'one'],
    ['tells nobody', 'INV-10 (DMB-16)', 'any'],
    ['tells one alone', 'INV-12 (DMB-16)', 'any'],
    ['frees no table', 'INV-28 (SGT-14)', 'one'],
    ['fails to unmap', 'INV-12 (DMB-14)', 'one'],
    ['takes its lock in the callback of others', 'INV-11 (VFIO-40)', 'one'],
  ])('finds one that %s: %s', async (how, what, preemptions) => {
    const settings = [{ name: 'strange-exporter', options: { how } }]
    const { system, scenario } = await loadScenario(join(here, 'strange-exporters.yaml'), { cwd: here, settings })
    const bound = preemptions === 'one' ? { preemptions: 1 } : {}
    const { violations, words } = explore(system, scenario, { shrink: false, ...bound })
    const [first] = violations
    expect(first === undefined ? words : `${first.violation.invariant} (${first.violation.rule})`).toBe(what)
  })
})
