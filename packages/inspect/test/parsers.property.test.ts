/** Every small reader gets random text: it answers, and never throws. */
import { parseBdf } from '@barter/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { archiveFormat } from '../src/archive/archive-format.ts'
import { wantedBytes } from '../src/archive/wanted.ts'
import { commandLineWords, iommuFromCommandLine } from '../src/proc/command-line.ts'
import { parseCpuinfo } from '../src/proc/cpuinfo.ts'
import { busRanges, parseIomem, systemRam } from '../src/proc/iomem.ts'
import { kernelArch, kernelRelease } from '../src/proc/kernel-release.ts'
import { className, isInteresting } from '../src/report/device-class.ts'
import { barsOf } from '../src/sysfs/bars.ts'
import { placeOf } from '../src/machine/place.ts'
import { parseResources } from '../src/sysfs/resource-file.ts'
import { stepFrom } from '../src/tree/tree-path.ts'

/** Random text mixed with the words that the readers look for. */
const words = fc.constantFrom(
  ...[
    '\n',
    ' ',
    ':',
    ' : ',
    '-',
    '0x',
    'pci0000:00',
    '0000:00:01.0',
    '10000:e0:06.0',
    '/',
    '..',
    'System RAM',
    'PCI Bus 0000:00',
  ],
  ...[
    'ffffffffffffffff',
    '0000000000000000',
    'vendor_id',
    'cpu family',
    'Linux version ',
    'iommu=pt',
    '"',
    'flags',
    'cpu',
    'isa',
  ],
  ...[
    '0x00000000fea04000 0x00000000fea04fff 0x0000000000040200\n',
    '0xffffffffffffffff 0xffffffffffffffff 0xffffffffffffffff\n',
  ],
)
const text = fc.array(fc.oneof(words, fc.string({ maxLength: 20 }), fc.string({ unit: 'binary', maxLength: 8 })), {
  maxLength: 60,
})
const joined = text.map((parts) => parts.join(''))

const readers: Record<string, (text: string) => unknown> = {
  cpuinfo: parseCpuinfo,
  iomem: (input) => [systemRam(parseIomem(input)), busRanges(parseIomem(input))],
  'command line': (input) => [commandLineWords(input), iommuFromCommandLine(input)],
  'kernel release': (input) => [kernelRelease(input), kernelArch(input)],
  resource: (input) => barsOf(undefined, parseResources(input)),
  place: placeOf,
  'archive entry': wantedBytes,
  path: (input) => stepFrom('a/b', input),
  'archive format': (input) => archiveFormat(Buffer.from(input)),
  bdf: parseBdf,
}

for (const [name, reader] of Object.entries(readers)) {
  test(`${name}: any text has an answer, and the same one twice`, () => {
    fc.assert(
      fc.property(joined, (input) => {
        expect(reader(input)).toEqual(reader(input))
      }),
      { numRuns: 300 },
    )
  })
}

test('long lines take time in proportion', () => {
  const long = [
    'a'.repeat(1_000_000),
    ' '.repeat(1_000_000),
    '"'.repeat(1_000_001),
    '0'.repeat(1_000_000),
    ':\n'.repeat(500_000),
  ]
  for (const input of long) for (const reader of Object.values(readers)) reader(input)
  expect(long.map((input) => kernelRelease(input))).toEqual(long.map(() => undefined))
})

test('every class code has a word', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 0xff_ffff }), (code) => {
      expect(className(code)).not.toBe('')
      expect([true, false]).toContain(isInteresting(code))
    }),
  )
})
