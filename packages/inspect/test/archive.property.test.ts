/** Whatever the bytes: an answer or a `UsageError`, soon, and with little memory. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { UsageError } from '@barter/core'
import { archiveInMemory, findCapture, inspectTopology, readArchive, readSysfs } from '@barter/inspect'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { asTar, twoBelowOneSwitch } from './sample-tree.ts'

const EXAMPLE = join(import.meta.dirname, '..', '..', '..', 'examples', 'captures', 'qemu-fabric-epyc-iommu.tar.gz')
/** The archive of archive.test.ts. */
const BZIP2 =
  'QlpoOTFBWSZTWZn3fqgAAHp9gMmQAARAAe2AAARiDZ4gCAggAFQ0mkbUaGg2oHqbUEkkNqAMgAH2lxBCB6UIRjyzkra4oEMFUCc+uJOKLCCmQNazEJ58I6GPlpRqt5IRNkueNntJ4UIiA/F3JFOFCQmfd+qA'

/** The whole way from bytes to a report. */
async function inspected(bytes: Uint8Array): Promise<'report' | 'refused'> {
  try {
    const tree = await readArchive(archiveInMemory('capture', bytes))
    inspectTopology(readSysfs(tree, findCapture(tree)))
    return 'report'
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    return 'refused'
  }
}

/** Places in thousandths of the whole. */
interface Damage {
  readonly cut: number
  readonly flips: readonly (readonly [at: number, mask: number])[]
  readonly insert: readonly [at: number, bytes: Uint8Array]
}

const damage: fc.Arbitrary<Damage> = fc.noBias(
  fc.record({
    cut: fc.oneof(fc.constant(1000), fc.integer({ min: 0, max: 1000 })),
    flips: fc.array(fc.tuple(fc.integer({ min: 0, max: 999 }), fc.integer({ min: 1, max: 255 })), {
      maxLength: 8,
    }),
    insert: fc.tuple(
      fc.integer({ min: 0, max: 1000 }),
      fc.oneof(fc.constant(new Uint8Array(0)), fc.uint8Array({ maxLength: 600 })),
    ),
  }),
)

function damaged(bytes: Uint8Array, { cut, flips, insert: [at, more] }: Damage): Uint8Array {
  const kept = bytes.slice(0, Math.ceil((cut / 1000) * bytes.length))
  for (const [where, mask] of flips) {
    const index = Math.floor((where / 1000) * kept.length)
    kept[index] = (kept[index] ?? 0) ^ mask
  }
  const split = Math.floor((at / 1000) * kept.length)
  return Buffer.concat([kept.subarray(0, split), more, kept.subarray(split)])
}

describe('random archives', () => {
  const samples: Record<string, Uint8Array> = {}
  beforeAll(async () => {
    const tar = await asTar(twoBelowOneSwitch('capture/sys/'))
    samples['tar'] = tar
    samples['gzip'] = gzipSync(tar)
    samples['bzip2'] = Buffer.from(BZIP2, 'base64')
    samples['example'] = readFileSync(EXAMPLE)
    samples['example unpacked'] = gunzipSync(samples['example'])
  })

  test('random bytes, with and without the head of a format', async () => {
    const heads = ['', '\x1f\x8b\x08\x00', 'BZh9', 'BZh11AY&SY', '\x1f\x8b', `${'\0'.repeat(257)}ustar\x0000`]
    const bytes = fc.tuple(fc.constantFrom(...heads), fc.uint8Array({ maxLength: 3000 }))
    await fc.assert(
      fc.asyncProperty(bytes, async ([head, tail]) => {
        expect(await inspected(Buffer.concat([Buffer.from(head, 'latin1'), tail]))).toBe('refused')
      }),
      { numRuns: 300 },
    )
  })

  for (const [name, runs] of [
    ['tar', 150],
    ['gzip', 150],
    ['bzip2', 300],
    ['example', 20],
    ['example unpacked', 20],
  ] as const) {
    test(`${name}: cut, flipped and with bytes put in`, { timeout: 60_000 }, async () => {
      const whole = samples[name] ?? new Uint8Array(0)
      await fc.assert(
        fc.asyncProperty(damage, async (harm) => {
          expect(['report', 'refused']).toContain(await inspected(damaged(whole, harm)))
        }),
        { numRuns: runs },
      )
    })
  }

  test('random tar headers inside a valid gzip', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(entry, { maxLength: 8 }), fc.boolean(), async (entries, ends) => {
        const blocks = [...entries.flatMap(tarEntry), Buffer.alloc(ends ? 1024 : 0)]
        expect(['report', 'refused']).toContain(await inspected(gzipSync(Buffer.concat(blocks))))
      }),
      { numRuns: 1000 },
    )
  })
})

/** Lengths as octal text, and as the 96-bit numbers of GNU, positive and negative. */
const octal = (length: number): Uint8Array => Buffer.from(`${length.toString(8).padStart(11, '0')}\0`)
const binary = (first: number) =>
  fc.uint8Array({ minLength: 11, maxLength: 11 }).map((rest) => Buffer.concat([Buffer.from([first]), rest]))
const claimed = fc.oneof(fc.constant(undefined), fc.nat(5000).map(octal), binary(0x80), binary(0xff))

/** A line of a pax header, whose length is seldom right. */
const paxLine = fc
  .tuple(fc.integer({ min: -5, max: 60 }), fc.constantFrom('size', 'path', 'linkpath', '__proto__'), fc.string())
  .map(([length, key, value]) => Buffer.from(`${length} ${key}=${value}\n`))

const path = fc.constantFrom(
  'sys/devices/pci0000:00/0000:00:01.0/config',
  'sys/devices/pci0000:00/0000:00:01.0',
  'sys',
  'x',
  '',
)

const entry = fc.record({
  path,
  link: path,
  type: fc.constantFrom('0', '1', '2', '3', '5', '6', '7', 'x', 'g', 'L', 'K', 'S', 'V', '\0'),
  content: fc.oneof(fc.uint8Array({ maxLength: 600 }), paxLine),
  claimed,
})

/** A header with a right checksum, whatever else is in it, and its content in whole blocks. */
function tarEntry({
  path,
  link,
  type,
  content,
  claimed,
}: typeof entry extends fc.Arbitrary<infer T> ? T : never): Buffer[] {
  const header = Buffer.alloc(512)
  header.write(path, 0, 100)
  header.set(claimed ?? octal(content.length), 124)
  header.write('        ', 148)
  header.write(type, 156)
  header.write(link, 157, 100)
  header.write('ustar\x0000', 257)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  const blocks = Buffer.alloc(Math.ceil(content.length / 512) * 512)
  blocks.set(content)
  return [header, blocks]
}
