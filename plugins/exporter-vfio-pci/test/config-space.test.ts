import { type ConfigSpace, PCI_CAPABILITY_LIST, PCI_CAP_ID_EXP } from '@barter/core'
import { describe, expect, test } from 'vitest'
import { house, type HouseOptions, type OpenFile, refusal } from './house.ts'

const VENDOR = 0xc0
const EA = 0xd0
const MSI = 0xe0
const AER = 0x100
const SRIOV = 0x180
const POWER = 0x200
const DVSEC = 0x240
const ACS = 0x280

/** Put a capability in front of the chain. */
function addFirst(config: ConfigSpace, id: number, at: number): void {
  config.write(at, 2, (config.read8(PCI_CAPABILITY_LIST) ?? 0) * 0x100 + id)
  config.write(PCI_CAPABILITY_LIST, 1, at)
}

const extended = (config: ConfigSpace, id: number, at: number, next: number): void => {
  config.write(at, 4, next * 0x10_0000 + 0x1_0000 + id)
}

function manyCapabilities(config: ConfigSpace): void {
  addFirst(config, 0x09, VENDOR)
  config.write(VENDOR + 2, 1, 8)
  addFirst(config, 0x14, EA)
  addFirst(config, 0x05, MSI)
  config.write(MSI + 2, 2, 0x80)
  extended(config, 0x01, AER, SRIOV)
  extended(config, 0x10, SRIOV, POWER)
  extended(config, 0x04, POWER, DVSEC)
  extended(config, 0x23, DVSEC, ACS)
  config.write(DVSEC + 4, 4, 16 * 0x10_0000)
  extended(config, 0x0d, ACS, 0)
}

function opened(options: HouseOptions = { config: manyCapabilities }) {
  const machine = house(options)
  const file = machine.open()
  const hardware = machine.device('nvme').config
  return { file, hardware, read: reader(file), write: writer(file) }
}

const reader =
  (file: OpenFile) =>
  (offset: number, width = 4): number =>
    (file.control('configRead', { offset, width }) as { value: number }).value
const writer =
  (file: OpenFile) =>
  (offset: number, width: number, value: number): void => {
    file.control('configWrite', { offset, width, value })
  }

describe('capabilities in configuration space', () => {
  test('TRG-4: those the driver does not know are left out of the chain; their registers read as they are', () => {
    const { read } = opened()
    const ids: number[] = []
    for (let at = read(PCI_CAPABILITY_LIST, 1); at !== 0; at = read(at + 1, 1)) ids.push(read(at, 1))
    expect(ids.slice(0, 2)).toEqual([0x05, 0x09])
    expect(ids).toContain(PCI_CAP_ID_EXP)
    const far: number[] = []
    for (let at = 0x100; at !== 0; at = Math.floor(read(at) / 0x10_0000)) far.push(read(at, 2))
    expect(far).toEqual([0x01, 0x04, 0x23, 0x0d])
    expect(read(EA, 1)).toBe(0x14)
  })

  test('TRG-4: a first extended one that is left out stays as a place without id', () => {
    const config = (space: ConfigSpace): void => {
      extended(space, 0x10, 0x100, ACS)
      extended(space, 0x0d, ACS, 0)
    }
    const { read } = opened({ config })
    expect([read(0x100), read(ACS, 2)]).toEqual([ACS * 0x10_0000, 0x0d])
  })

  test.each<[string, number, number, number, boolean]>([
    ['what a vendor put into its own', VENDOR + 4, 4, 0x1234_5678, true],
    ['the id of that', VENDOR, 1, 0x55, false],
    ['the address of a message', MSI + 4, 4, 0xfee0_0000, true],
    ['the mask of errors', AER + 8, 4, 0x0010_0000, true],
    ['bits of it that mean nothing', AER + 8, 4, 0x8000_0000, false],
    ['the selector of the power budget', POWER + 4, 1, 3, true],
    ['its data', POWER + 8, 1, 3, false],
    ['what a vendor put into its own far out', DVSEC + 8, 4, 0x0bad_cafe, true],
    ['ACS', ACS + 6, 2, 0x1c, false],
    ['SR-IOV', SRIOV + 8, 2, 0x1, false],
  ])('TRG-4: of capabilities user space writes %s, or not', (_name, offset, width, value, writes) => {
    const { read, write } = opened()
    const before = read(offset, width)
    write(offset, width, value)
    expect(read(offset, width)).toBe(writes ? value : before)
  })

  test('TRG-4: messages are set up in the copy alone, and not switched on', () => {
    const { read, write, hardware } = opened()
    write(MSI + 2, 2, 0x0001)
    write(MSI + 4, 4, 0xfee0_0000)
    expect([read(MSI + 2, 1), hardware.read(MSI + 4, 4)]).toEqual([0, 0])
  })
})

describe('BARs below a page', () => {
  const small = (...lengths: number[]): HouseOptions => ({
    exporter: {
      bars: lengths.map((length, index) => ({ index, length, kind: 'mem32' })),
      msix: { vectors: 1, bar: 0 },
    },
  })

  test.each([
    ['one that begins a page of its own', [256], true],
    ['one whose page holds another', [256, 256], false],
  ])('MM-2: %s', (_name, lengths, mappable) => {
    const { file } = opened(small(...lengths))
    const info = file.control('regionInfo', { region: 0 }) as { flags: readonly string[] }
    expect(info.flags.includes('mmap')).toBe(mappable)
    expect(refusal(() => file.export({ bar: 0 }))).toBe('EINVAL VFIO-9b')
  })
})
