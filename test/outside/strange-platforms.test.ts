/** Platforms of others: the kit finds what is wrong in them, and nothing in one that is right. */
import { join } from 'node:path'
import { BrokenPromise, platformChapters } from '@barter/conformance'
import type { Plugin } from '@barter/core'
import { describe, expect, test } from 'vitest'

const made = (await import(join(import.meta.dirname, 'strange-platform.js'))) as {
  readonly default: (options: { readonly how: string }) => Plugin
  readonly HOW: Readonly<Record<string, unknown>>
}

/** How a chapter of the kit fails, if it does: `RULE: what happened`. **Shape** `only`: what is to be looked at; all unless given. */
function failures(how: string, chapter?: string, only?: string): string[] {
  const chapters = platformChapters({ plugin: () => made.default({ how }), schedules: 40 })
  return chapters.flatMap(({ name, checks }) =>
    checks.flatMap(({ rule, run }) => {
      if ((chapter ?? name) !== name || (only ?? rule) !== rule) return []
      try {
        run()
        return []
      } catch (error) {
        return [`${rule}: ${error instanceof BrokenPromise ? error.broken.happened.join(' | ') : String(error)}`]
      }
    }),
  )
}

describe('the kit', { timeout: 60_000 }, () => {
  test('finds nothing in a platform that is right', () => {
    expect(failures('right')).toEqual([])
  })

  const broken = 'UsageError: hook platform, tapped by strange-platform: it has a mapPhys that gives a promise'
  const wrong: readonly (readonly [how: string, chapter: string, failure: string])[] = [
    ['maps the page after', 'addresses', 'DMA-8: the memory holds '],
    ['flushes no IOTLB', 'addresses', 'DMA-6: the memory holds '],
    ['flushes the first page only', 'addresses', 'DMA-6: the memory holds '],
    ['lets what is not mapped through', 'addresses', 'HAZ-13: a packet of near to 0x100000000 still arrives in RAM'],
    [
      'refuses to unmap',
      'addresses',
      'DMA-8: INV-12 (DMA-3): user: the platform refuses to give 0x100000000 of near back: unmapPhys fails with EIO',
    ],
    ['clears no table', 'addresses', 'HAZ-13: a packet of near to 0x100000000 still arrives in 0000:03:00.0'],
    ['clears the oldest', 'addresses', 'DMA-6: "write imp0, '],
    ['gives one address twice', 'addresses', 'DMA-8: the memory holds '],
    ['takes an address by chance', 'determinism', 'decision 5: in one run it called Math.random'],
    ['sends all below the switch', 'addresses', 'DMA-8: INV-18 (P2P-14): near wrote '],
    ['sends all through the host bridge', 'lifecycle', 'INV-16: INV-18 (P2P-15): near wrote '],
    [
      'answers yes',
      'addresses',
      'DMA-8: UsageError: hook mapType, tapped by strange-platform: it gives "yes", and has',
    ],
    ['forgets what others have put there', 'composition', 'hooks: it gives a platform without programAcs'],
    ['is asynchronous', 'addresses', `DMA-8: ${broken}`],
  ]

  test.each(wrong)('finds one that %s, in %s', (how, chapter, failure) => {
    const found = failures(how, chapter, failure.split(': ')[0])
    expect(found.map((one) => one.startsWith(failure))).toContain(true)
  })

  test('looks at every one of them', () => {
    expect(['right', ...wrong.map(([how]) => how)]).toEqual(Object.keys(made.HOW))
  })
})
