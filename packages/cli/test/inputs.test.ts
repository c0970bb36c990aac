/** What `barter inspect` is given: paths of any kind, several at once, and a paste on stdin. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runCommandLine } from '../src/index.ts'
import { recorded } from './terminal.ts'

const captures = join(import.meta.dirname, '..', '..', '..', 'examples', 'captures')
const words = readFileSync(join(captures, 'qemu-fabric-epyc-iommu-vvvnn.txt'), 'utf8')

async function inspect(args: readonly string[], piped?: string): Promise<{ code: number; out: string; err: string }> {
  const terminal = recorded(captures, 80, piped)
  const code = await runCommandLine(['inspect', ...args], terminal)
  return { code, ...terminal.written }
}

test(
  'a paste on stdin gives the answers of the file, and says what is not known and what was taken for granted',
  { timeout: 60_000 },
  async () => {
    const piped = await inspect(['-', '--cpu', 'amd:0x17'], words)
    const file = await inspect([join(captures, 'qemu-fabric-epyc-iommu-vvvnn.txt'), '--cpu', 'amd:0x17'])
    expect(piped).toEqual(file)
    expect(piped.code).toBe(0)
    expect(piped.out).toContain('taken for this answer:')
    expect(Math.max(...piped.out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)
  },
)

test('files that contradict each other are shown to do so', async () => {
  const { out, code } = await inspect(
    [join(captures, 'qemu-fabric-epyc-iommu.tar.gz'), '-', '--pair', '03:00.0,04:00.0'],
    words.replaceAll(
      /ReqRedir\+ CmpltRedir\+ UpstreamFwd\+ EgressCtrl- DirectTrans-$/gm,
      'ReqRedir- CmpltRedir- UpstreamFwd- EgressCtrl- DirectTrans-',
    ),
  )
  expect(code).toBe(0)
  expect(out).toContain('the inputs contradict each other:')
  expect(out).toContain('ACS control of')
})

test('the JSON has the sources, what was taken for granted and the contradictions', async () => {
  const { out } = await inspect(['-', join(captures, 'qemu-fabric-epyc-iommu-tv.txt'), '--json'], words)
  const document = JSON.parse(out) as { sources: unknown; notes: readonly string[]; contradictions: unknown }
  expect(document.sources).toEqual([
    { name: 'stdin', format: 'lspci text' },
    { name: join(captures, 'qemu-fabric-epyc-iommu-tv.txt'), format: 'lspci tree' },
  ])
  expect(document.contradictions).toEqual([])
  expect(document.notes.length).toBeGreaterThan(0)
})

test('stdin twice, without anything to read, and a CPU that has no name', async () => {
  const wrong = await Promise.all([inspect(['-', '-'], words), inspect(['-']), inspect(['-', '--cpu', 'zen'], words)])
  expect(wrong.map(({ code, err }) => [code, /error ([A-Z_]+)/.exec(err)?.[1]])).toEqual([
    [2, 'INPUT_INVALID'],
    [2, 'INPUT_INVALID'],
    [2, 'CPU_NAME'],
  ])
})

test('plain lspci is refused with the command to run', async () => {
  const { code, err } = await inspect(['-'], words.replace(/^[\t ].*\n/gm, ''))
  expect(code).toBe(2)
  expect(err).toContain('sudo lspci -vvvnn > lspci.txt')
})
