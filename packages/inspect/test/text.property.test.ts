/** Real captures with lines cut, repeated, moved and corrupted: an answer or a `UsageError`, and no device made up. */
import { Readable } from 'node:stream'
import { UsageError } from '@barter/core'
import { inspectTopology, type MachineReading, readMachine } from '@barter/inspect'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readText } from '../src/text/read-text.ts'
import { blocksOf, read, TREE, VVVNN } from './sample-text.ts'

/** Samples of every kind of text, each of one machine. */
const SAMPLES: Readonly<Record<string, string>> = {
  // The first functions down to the second switch; the rest is more of the same.
  'lspci -vvvnn': blocksOf(VVVNN).slice(0, 12).join('\n\n'),
  'lspci -tv': TREE,
  'lspci -xxxx': hexOf(VVVNN),
  udev: udevOf(TREE),
  'IOMMU groups': blocksOf(VVVNN)
    .map((block, index) => `IOMMU Group ${index}:\n\t${block.split('\n')[0] ?? ''}`)
    .join('\n'),
  lstopo: `<?xml version="1.0"?>
<topology version="2.0">
 <object type="Machine"><info name="Architecture" value="x86_64"/>
  <object type="Bridge" bridge_type="0-1" bridge_pci="0000:[00-03]">
   <object type="Bridge" bridge_type="1-1" bridge_pci="0000:[01-01]" pci_busid="0000:00:01.0" pci_type="0604 [8086:2030] [0000:0000] 04">
    <object type="PCIDev" pci_busid="0000:01:00.0" pci_type="0108 [144d:a80a] [144d:a801] 00"/>
    <object type="PCIDev" pci_busid="0000:01:00.1" pci_type="0108 [144d:a80a] [144d:a801] 00"/>
   </object>
  </object>
 </object>
</topology>
`,
  NCCL: `<system version="1">
 <cpu numaid="0" arch="x86_64" vendor="AuthenticAMD" familyid="143">
  <pci busid="0000:41:00.0" class="0x060400" vendor="0x1000" device="0xc010">
   <pci busid="0000:44:00.0" class="0x030200" vendor="0x10de" device="0x20b0"/>
   <pci busid="0000:45:00.0" class="0x020000" vendor="0x15b3" device="0x101b"/>
  </pci>
 </cpu>
</system>
`,
}

/** Rows of bytes as `-xxxx` prints them, with the ids of the words. */
function hexOf(text: string): string {
  return blocksOf(text)
    .map((block) => {
      const head = block.split('\n')[0] ?? ''
      const [, vendor = '', device = ''] = /\[([0-9a-f]{4}):([0-9a-f]{4})\]/.exec(head) ?? []
      const bytes = [vendor.slice(2), vendor.slice(0, 2), device.slice(2), device.slice(0, 2)]
      const row = (at: number): string =>
        `${(at * 16).toString(16).padStart(2, '0')}: ${[...(at === 0 ? bytes : []), ...Array<string>(16).fill('00')].slice(0, 16).join(' ')}`
      return [head, ...[0, 1, 2, 3].map(row)].join('\n')
    })
    .join('\n\n')
}

/** Records of the functions on bus 0 of the tree. */
function udevOf(tree: string): string {
  const names = [...tree.matchAll(/^ \| {11}[+\\]-([0-9a-f]{2}\.[0-7])/gm)].map((found) => found[1] ?? '')
  return names
    .map((name) => {
      const path = `/devices/pci0000:00/0000:00:${name}`
      return `P: ${path}\nE: DEVPATH=${path}\nE: PCI_CLASS=60000\nE: PCI_ID=8086:29C0\nE: SUBSYSTEM=pci\n`
    })
    .join('\n')
}

type Harm =
  | { readonly kind: 'cut' | 'repeat'; readonly at: number; readonly count: number }
  | { readonly kind: 'move'; readonly at: number; readonly count: number; readonly to: number }
  | { readonly kind: 'corrupt'; readonly at: number; readonly column: number; readonly text: string }
  | { readonly kind: 'truncate'; readonly at: number }

const place = fc.integer({ min: 0, max: 999 })
const few = fc.integer({ min: 1, max: 30 })
const harms = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constantFrom('cut' as const, 'repeat' as const), at: place, count: few }),
    fc.record({ kind: fc.constant('move' as const), at: place, count: few, to: place }),
    fc.record({
      kind: fc.constant('corrupt' as const),
      at: place,
      column: fc.nat(60),
      text: fc.oneof(
        fc.string({ maxLength: 5 }),
        fc.string({ unit: 'binary', maxLength: 5 }),
        fc.constantFrom(
          '\0',
          ':',
          '[',
          '0000:00:00.0 ',
          'Capabilities: [40] ',
          '<',
          'ACSCtl: ',
          '-[0000:00]-',
          '99999999999',
        ),
      ),
    }),
    fc.record({ kind: fc.constant('truncate' as const), at: place }),
  ),
  { minLength: 1, maxLength: 6 },
)

function harmed(text: string, list: readonly Harm[]): string {
  let lines = text.split('\n')
  for (const harm of list) {
    const at = Math.floor((harm.at / 1000) * lines.length)
    if (harm.kind === 'truncate') {
      const whole = lines.join('\n')
      lines = whole.slice(0, Math.floor((harm.at / 1000) * whole.length)).split('\n')
    } else if (harm.kind === 'corrupt') {
      const line = lines[at] ?? ''
      lines[at] = line.slice(0, harm.column) + harm.text + line.slice(harm.column + harm.text.length)
    } else {
      const part = harm.kind === 'repeat' ? lines.slice(at, at + harm.count) : lines.splice(at, harm.count)
      if (harm.kind === 'repeat') lines.splice(at, 0, ...part)
      if (harm.kind === 'move') lines.splice(Math.floor((harm.to / 1000) * lines.length), 0, ...part)
    }
  }
  return lines.join('\n')
}

/** The reading, its report made, or the code of a refusal. */
async function outcome(text: string): Promise<MachineReading | string> {
  try {
    const reading = await read(text)
    inspectTopology(reading.topology)
    return reading
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    return error.code
  }
}

describe('damaged captures', () => {
  for (const [name, sample] of Object.entries(SAMPLES)) {
    test(`${name}: whatever the damage, an answer or a code, and the same one twice`, { timeout: 60_000 }, async () => {
      await fc.assert(
        fc.asyncProperty(harms, async (list) => {
          const text = harmed(sample, list)
          const once = await outcome(text)
          expect(await outcome(text)).toEqual(once)
        }),
        { numRuns: 10 },
      )
    })
  }

  test('lines that are only cut, repeated or moved make no device', { timeout: 60_000 }, async () => {
    const orderly = harms.map((list) => list.filter(({ kind }) => kind !== 'corrupt' && kind !== 'truncate'))
    for (const name of ['lspci -vvvnn', 'lspci -xxxx', 'udev', 'IOMMU groups']) {
      const sample = SAMPLES[name] ?? ''
      const there = new Set((await read(sample)).topology.functions.map(({ bdf }) => bdf))
      await fc.assert(
        fc.asyncProperty(orderly, async (list) => {
          const reading = await outcome(harmed(sample, list))
          const names = typeof reading === 'string' ? [] : reading.topology.functions.map(({ bdf }) => bdf)
          expect(names.filter((bdf) => !there.has(bdf))).toEqual([])
        }),
        { numRuns: 8 },
      )
    }
  })

  test(
    'a function that is cut out changes no answer of the others, or they are open',
    { timeout: 60_000 },
    async () => {
      const whole = await read(VVVNN, 'amd:0x17')
      const blocks = blocksOf(VVVNN)
      const truth = new Map(
        inspectTopology(whole.topology, { pairs: 'all' }).pairs.map((pair) => [
          `${pair.provider} ${pair.client}`,
          pair,
        ]),
      )
      for (let index = 1; index < blocks.length; index += 3) {
        const rest = await read(blocks.filter((_, at) => at !== index).join('\n\n'), 'amd:0x17')
        const wrong = inspectTopology(rest.topology, { pairs: 'all' }).pairs.filter((pair) => {
          const right = truth.get(`${pair.provider} ${pair.client}`)
          return pair.mapType !== undefined && pair.mapType !== right?.mapType
        })
        expect(wrong).toEqual([])
        const short = rest.topology.functions.length < whole.topology.functions.length - 1
        expect(short).toBe(false)
      }
    },
  )
})

describe('junk', () => {
  /** As a stream, so that only what is looked at is made. */
  const junk = (piece: Uint8Array, times: number): { readonly stream: Readable; pieces(): number } => {
    let made = 0
    const pieces = function* (): Generator<Uint8Array> {
      for (; made < times; made++) yield piece
    }
    return { stream: Readable.from(pieces()), pieces: () => made }
  }
  const MiB = 1_048_576
  const kinds: Record<string, Uint8Array> = {
    'bytes without meaning': Uint8Array.from({ length: MiB }, (_, i) => (i * 7919 + (i >> 3)) % 256),
    'one line without end': new TextEncoder().encode('a'.repeat(MiB)),
    'lines of prose': new TextEncoder().encode('nothing of a machine here\n'.repeat(MiB / 26)),
    'line ends': new Uint8Array(MiB).fill(10),
  }

  for (const [name, piece] of Object.entries(kinds)) {
    test(`64 MiB of ${name} are refused after the first few`, async () => {
      const { stream, pieces } = junk(piece, 64)
      await expect(readText('junk', stream)).rejects.toMatchObject({ code: 'CAPTURE_FORMAT' })
      expect(pieces()).toBeLessThan(10)
    })
  }

  test('64 MiB behind one function stay in bounds', { timeout: 60_000 }, async () => {
    const long = `\tnothing: ${'of a machine, in words and words '.repeat(60)}\n`
    const { stream } = junk(new TextEncoder().encode(long.repeat(Math.ceil(MiB / long.length))), 64)
    const first = new TextEncoder().encode(
      '00:00.0 Host bridge [0600]: Intel Corporation Device [8086:2020]\n\tFlags: fast devsel\n',
    )
    const whole = Readable.from(
      (async function* (): AsyncGenerator<Uint8Array> {
        yield first
        for await (const piece of stream as AsyncIterable<Uint8Array>) yield piece
      })(),
    )
    const [facts] = await readText('junk', whole)
    expect(facts?.functions).toHaveLength(1)
  })

  test('XML that is something else, or makes itself large', async () => {
    const bomb = `<!DOCTYPE topology [<!ENTITY a "aaaaaaaaaa">${Array.from({ length: 20 }, (_, i) => `<!ENTITY b${i} "&a;&a;&a;">`).join('')}]>\n<topology>&b19;</topology>`
    const deep = '<topology>'.repeat(100_000)
    const inputs = ['<html><body/></html>', bomb, deep, '<topology', '<topology><object type="x"></topology>']
    const codes = await Promise.all(
      inputs.map((text) =>
        readMachine([{ name: 'xml', bytes: new TextEncoder().encode(text) }]).then(
          () => 'read',
          (error: unknown) => (error instanceof UsageError ? error.code : String(error)),
        ),
      ),
    )
    expect(codes).toEqual(['CAPTURE_FORMAT', 'CAPTURE_BROKEN', 'CAPTURE_BROKEN', 'CAPTURE_BROKEN', 'CAPTURE_BROKEN'])
  })
})
