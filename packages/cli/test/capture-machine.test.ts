/** Any capture is a machine for a scenario; what it does not tell is said with its place and what to collect. */
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
// Loaded before the clock of a test runs: on a busy machine that alone takes seconds.
import '../src/commands/run.ts'
import { runCommandLine } from '../src/command-line.ts'
import { recorded } from './terminal.ts'

const scratch = mkdtempSync(join(tmpdir(), 'barter-machine-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))
const examples = join(import.meta.dirname, '..', '..', '..', 'examples', 'captures')
for (const name of ['iommu', 'iommu-unprivileged']) {
  copyFileSync(join(examples, `qemu-fabric-epyc-${name}.tar.gz`), join(scratch, `${name}.tar.gz`))
}

/** Two NVMe controllers below root ports of a machine without a CPU that is known, as `lspci -vvvnn` tells them. */
const TEXT = `00:00.0 Host bridge [0600]: Nobody Device [1b36:0008]
00:01.0 PCI bridge [0604]: Intel Corporation Device [8086:1234] (prog-if 00 [Normal decode])
\tBus: primary=00, secondary=01, subordinate=01, sec-latency=0
\tMemory behind bridge: fe000000-fe0fffff [size=1M]
\tCapabilities: [40] Express (v2) Root Port (Slot+), MSI 00
00:02.0 PCI bridge [0604]: Intel Corporation Device [8086:1234] (prog-if 00 [Normal decode])
\tBus: primary=00, secondary=02, subordinate=02, sec-latency=0
\tMemory behind bridge: fe100000-fe1fffff [size=1M]
\tCapabilities: [40] Express (v2) Root Port (Slot+), MSI 00
01:00.0 Non-Volatile memory controller [0108]: Red Hat, Inc. Device [1b36:0010] (prog-if 02 [NVM Express])
\tRegion 0: Memory at fe000000 (64-bit, non-prefetchable) [size=16K]
\tCapabilities: [40] Express (v2) Endpoint, MSI 00
02:00.0 Non-Volatile memory controller [0108]: Red Hat, Inc. Device [1b36:0010] (prog-if 02 [NVM Express])
\tRegion 0: Memory at fe100000 (64-bit, non-prefetchable) [size=16K]
\tCapabilities: [40] Express (v2) Endpoint, MSI 00
`
const ZEN =
  'processor : 0\nvendor_id : AuthenticAMD\ncpu family : 25\nmodel : 1\nmodel name : AMD EPYC\nflags : fpu lm\n'
writeFileSync(join(scratch, 'lspci.txt'), TEXT)
writeFileSync(join(scratch, 'no-length.txt'), TEXT.replaceAll(' [size=16K]', ''))
writeFileSync(join(scratch, 'cpuinfo.txt'), ZEN)

async function run(machine: string, nvme: string, nic: string): Promise<{ exit: number; out: string; err: string }> {
  const terminal = recorded(scratch)
  writeFileSync(
    join(scratch, 'story.yaml'),
    `title: a write
machine: ${machine}
devices:
  nvme: { at: ${nvme}, driver: vfio-pci }
  nic: { at: ${nic}, driver: mlx5 }
actors:
  vmm:
    - open: nvme
    - { export: nvme, bar: 0, ranges: [{ offset: 0, length: 4 KiB }], as: buf }
    - { import: buf, on: nic, as: mr }
    - { write: mr, length: 4 KiB }
`,
  )
  const exit = await runCommandLine(['run', join(scratch, 'story.yaml')], terminal)
  return { exit, ...terminal.written }
}

describe('a capture as a machine', () => {
  test('runs with drivers laid over its devices', async () => {
    const { exit, out } = await run('iommu.tar.gz', '03:00.0', '04:00.0')
    expect([exit, out.includes('write mr, length 4 KiB: ok')]).toEqual([0, true])
  })

  test('HB-1: may be several files of one machine', async () => {
    const { exit, out, err } = await run('[lspci.txt, cpuinfo.txt]', '01:00.0', '02:00.0')
    expect(err).toBe('')
    expect([exit, out.includes('write mr, length 4 KiB: ok')]).toEqual([0, true])
  })

  test.each([
    ['iommu-unprivileged.tar.gz', '03:00.0', '04:00.0', ':10:26', 'the ACS control words of', 'as root'],
    ['lspci.txt', '01:00.0', '02:00.0', ':10:26', 'the CPU decides', '/proc/cpuinfo'],
    [
      '[no-length.txt, cpuinfo.txt]',
      '01:00.0',
      '02:00.0',
      ':9:28',
      'the capture does not tell how long BAR 0 of nvme',
      'lspci -vvvnn',
    ],
  ])('%s does not tell enough, with the place and what to collect', async (machine, nvme, nic, place, why, remedy) => {
    const { exit, out, err } = await run(machine, nvme, nic)
    expect([exit, out]).toEqual([2, ''])
    expect(err).toContain(`story.yaml${place} `)
    const said = err.replaceAll(/\s+/g, ' ')
    expect(said).toContain(why)
    expect(said).toContain(remedy)
  })
})
