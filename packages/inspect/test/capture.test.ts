/** Captures: the same answers again, nothing that tells whose machine it was, the same bytes for the same tree. */
import { gunzipSync } from 'node:zlib'
import { join } from 'node:path'
import { ConfigSpace, p2pVerdict } from '@barter/core'
import { archiveInMemory, captureMachine, findCapture, MemoryTree, readArchive, readSysfs } from '@barter/inspect'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bootOptions } from '../src/capture/boot-options.ts'
import { maskText } from '../src/capture/mask-text.ts'
import { RecordingTree } from '../src/capture/recording-tree.ts'
import { sameAnswers } from '../src/capture/same-answers.ts'
import { asFolder, type Entries, sampleConfig, twoBelowOneSwitch } from './sample-tree.ts'

const examples = join(import.meta.dirname, '../../../examples/captures')
const HOST = 'gpu-node-17.example.org'
const SERIAL = Uint8Array.of(0x0a, 0x1b, 0x2c, 0x3d, 0x4e, 0x5f, 0x60, 0x71)
const MAC = '0c:42:a1:7e:55:19'

/** A machine that tells a lot of itself. */
function talkative(): Entries {
  const config = new ConfigSpace(sampleConfig({ acs: 0 }))
  // The ACS capability at 0x100 leads to a serial number at 0x140; a VPD register follows the PCI Express capability.
  config.write(0x100, 4, 0x1401_000d)
  config.write(0x140, 4, 0x0001_0003)
  config.bytes.set(SERIAL, 0x144)
  config.write(0x41, 1, 0xa0)
  config.write(0xa0, 4, 0x0003)
  config.write(0xa4, 4, 0x4e53_3031)
  const entries = twoBelowOneSwitch()
  const own = Object.keys(entries).find((path) => path.endsWith('0000:03:00.0/config')) ?? ''
  return {
    ...entries,
    [own]: config.bytes,
    [own.replace(/config$/, 'vpd')]: 'SERIAL0123456789',
    'proc/version': `Linux version 7.3.4 (root@${HOST}) (gcc 14) #1 SMP x86_64\n`,
    'proc/cmdline': `root=UUID=33f1-8a intel_iommu=on ip=10.0.0.7::::${HOST}:eth0 pci=noaer ifname=eth0:${MAC} vfio-pci.ids=1b36:0010\n`,
    'proc/cpuinfo': 'vendor_id : AuthenticAMD\ncpu family : 25\nmodel name : AMD EPYC\nSerial : 00000000a1b2c3d4\n',
    'proc/sys/kernel/hostname': `${HOST}\n`,
  }
}

describe('masking', () => {
  test('leaves nothing that tells one machine from another, and counts what it hid', async () => {
    const { bytes, masked } = await captureMachine({ root: asFolder(talkative()) })
    const raw = Buffer.from(gunzipSync(bytes))
    for (const secret of [HOST, 'gpu-node-17', MAC, 'SERIAL0123456789', 'a1b2c3d4', '33f1-8a', 'root@', '10.0.0.7']) {
      expect(raw.includes(secret), secret).toBe(false)
    }
    expect(raw.includes(Buffer.from(SERIAL))).toBe(false)
    expect(raw.includes(Buffer.from('10SN'))).toBe(false)
    expect(masked).toEqual({ serialNumbers: 2, vpdRegisters: 1, macAddresses: 0, hostNames: 1, bootOptions: 3 })
    expect(raw.includes('intel_iommu=on pci=noaer vfio-pci.ids=1b36:0010\n')).toBe(true)
  })

  test('can be switched off', async () => {
    const { bytes } = await captureMachine({ root: asFolder(talkative()), mask: false })
    const raw = Buffer.from(gunzipSync(bytes))
    for (const told of [HOST, MAC, '33f1-8a']) expect(raw.includes(told), told).toBe(true)
    expect(raw.includes(Buffer.from(SERIAL))).toBe(true)
  })

  test('of a text that is masked changes nothing more', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('a@b', MAC, HOST, 'Linux n1 6.1', ' ', 'Serial : 1f', `built by a@${HOST} on ${MAC}`)),
        (parts) => {
          const once = maskText(parts.join('\n'), [HOST])
          expect(maskText(once.text, [HOST])).toMatchObject({ text: once.text, macAddresses: 0, serialNumbers: 0 })
        },
      ),
      { numRuns: 200 },
    )
  })

  test('a host name that is a common word is only hidden where a host name stands', () => {
    const { text } = maskText('Linux debian 6.1.0 #1 SMP Debian 6.1.0 x86_64\nHostName: debian\n', ['debian'])
    expect(text).toBe('Linux masked 6.1.0 #1 SMP Debian 6.1.0 x86_64\nHostName: masked\n')
  })

  test('boot options: those that bear on PCI and the IOMMU stay, in their order', () => {
    const line =
      'BOOT_IMAGE=/vmlinuz-7 ro quiet iommu=pt pcie_aspm=off "pci=disable_acs_redir=0000:02:00.0;0000:02:01.0" a=b'
    expect(bootOptions(line)).toEqual({
      kept: 'iommu=pt pcie_aspm=off pci=disable_acs_redir=0000:02:00.0;0000:02:01.0',
      leftOut: 4,
    })
  })
})

describe('a capture of a capture', () => {
  test.each(['iommu', 'iommu-unprivileged'])(
    '%s gives the same answers, and its own capture the same bytes',
    async (name) => {
      const first = await captureMachine({ root: join(examples, `qemu-fabric-epyc-${name}.tar.gz`) })
      expect(first.pairs).toBeGreaterThan(200)
      const tree = await readArchive(archiveInMemory('first', first.bytes))
      const topology = readSysfs(tree, findCapture(tree))
      const [a, b] = ['0000:03:00.0', '0000:04:00.0'].map((bdf) => topology.functions.find((fn) => fn.bdf === bdf))
      const [x, y] = [a, b].map((fn) => first.topology.functions.find((one) => one.bdf === fn?.bdf))
      if (a === undefined || b === undefined || x === undefined || y === undefined) throw new Error('no such function')
      expect(p2pVerdict(topology, a, b)).toEqual(p2pVerdict(first.topology, x, y))
      expect(topology.unknown).toEqual(first.topology.unknown)
      const again = await captureMachine({ root: join(examples, `qemu-fabric-epyc-${name}.tar.gz`) })
      expect(Buffer.compare(again.bytes, first.bytes)).toBe(0)
    },
  )

  test('folders around the copy do not matter, nor what they are called', async () => {
    const plain = twoBelowOneSwitch()
    const deep = Object.fromEntries(Object.entries(plain).map(([path, entry]) => [`of/${HOST}/${path}`, entry]))
    const [a, b] = await Promise.all([plain, deep].map((entries) => captureMachine({ root: asFolder(entries) })))
    expect(Buffer.compare(a?.bytes ?? Buffer.of(1), b?.bytes ?? Buffer.of(2))).toBe(0)
  })
})

test('a difference between two readings is named', async () => {
  const { topology } = await captureMachine({ root: asFolder(twoBelowOneSwitch()) })
  expect(sameAnswers(topology, topology)).toEqual({ pairs: 2 })
  const other = topology.mapFunctions((fn) => (fn.bdf === '0000:03:00.0' ? { ...fn, iommuGroup: 77 } : fn))
  expect(sameAnswers(topology, other).difference).toBe('0000:03:00.0 is not what it was')
  expect(sameAnswers(topology, topology.with({ kernelRelease: '1.0' })).difference).toBe(
    'kernelRelease is not what it was',
  )
})

test('what is told once is told again, though the machine changes', () => {
  const tree = new MemoryTree('changing')
  tree.addFile('proc/version', new TextEncoder().encode('one'))
  const recording = new RecordingTree(tree)
  recording.read('proc/version', 64)
  tree.addFile('proc/version', new TextEncoder().encode('two'))
  expect(new TextDecoder().decode(recording.read('proc/version', 64))).toBe('one')
})

test.each([
  ['nothing/here', 'CAPTURE_MISSING'],
  ['.', 'CAPTURE_NO_SYSFS'],
])('%s has no machine: %s', async (name, code) => {
  await expect(captureMachine({ root: join(asFolder({ 'a/b': 'c' }), name) })).rejects.toMatchObject({ code })
})
