import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { acsWith, formatAcs, hasRedirect, readAcs, redirectBits } from '../src/acs.ts'
import { ConfigSpace, PCI_CAP_ID_EXP, PCI_EXT_CAP_ID_ACS } from '../src/config-space.ts'

describe('config space', () => {
  test('values are little-endian and unsigned', () => {
    const config = new ConfigSpace(new Uint8Array([0x86, 0x80, 0xff, 0xff]))
    expect([config.read16(0), config.read32(0), config.read8(3)]).toEqual([0x8086, 0xffff_8086, 0xff])
  })

  test('what lies beyond the known bytes is undefined, and a write there changes nothing', () => {
    const config = new ConfigSpace(new Uint8Array(64))
    config.write(62, 4, 0xffff_ffff)
    expect([config.read32(62), config.read16(64), config.read8(-1), config.read16(62)]).toEqual([
      undefined,
      undefined,
      undefined,
      0,
    ])
  })

  test('write then read gives the value back at each width', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 60 }),
        fc.constantFrom(1 as const, 2 as const, 4 as const),
        fc.nat(),
        (offset, width, value) => {
          const config = new ConfigSpace(new Uint8Array(64))
          config.write(offset, width, value)
          expect(config.read(offset, width)).toBe(value % 2 ** (8 * width))
        },
      ),
    )
  })

  test('a copy is a copy, also of a Buffer, whose slices are views', () => {
    const config = new ConfigSpace(Buffer.alloc(64))
    const copy = config.copy()
    const slice = new ConfigSpace(config.bytes.slice())
    config.write(4, 2, 0x107)
    expect([copy.read16(4), slice.read16(4)]).toEqual([0, 0])
  })

  test('capability lists of random bytes end, whatever they hold', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 0, maxLength: 4096 }), fc.integer({ min: 0, max: 255 }), (bytes, id) => {
        const config = new ConfigSpace(bytes)
        for (const at of [config.capability(id), config.extendedCapability(id)]) {
          if (typeof at === 'number') expect(at).toBeLessThan(bytes.length)
        }
        readAcs(config)
      }),
      { numRuns: 500 },
    )
  })

  test('a capability list that loops gives no capability', () => {
    const config = new ConfigSpace(new Uint8Array(256))
    config.write(0x06, 2, 0x10)
    config.write(0x34, 1, 0x40)
    config.write(0x40, 2, 0x4001)
    expect(config.capability(PCI_CAP_ID_EXP)).toBeNull()
  })
})

describe('ACS words', () => {
  test('ACS-1: RR, CR and EC redirect; SV, TB, UF and DT do not (ACS-2)', () => {
    const redirects = (['SV', 'TB', 'RR', 'CR', 'UF', 'EC', 'DT'] as const).filter(
      (bit) => redirectBits(acsWith(0, [bit])).length > 0,
    )
    expect(redirects).toEqual(['RR', 'CR', 'EC'])
  })

  test('ACS-1: a function without the capability does not redirect, an unread one is unknown', () => {
    const config = new ConfigSpace(new Uint8Array(4096))
    expect(hasRedirect(readAcs(config))).toBe(false)
    config.write(0x06, 2, 0x10)
    config.write(0x34, 1, 0x40)
    config.write(0x40, 2, PCI_CAP_ID_EXP)
    config.write(0x100, 4, 0x0001_0000 + PCI_EXT_CAP_ID_ACS)
    config.write(0x104, 4, 0x001d_001f)
    const acs = readAcs(config)
    expect(acs).toEqual({ kind: 'present', offset: 0x100, capability: 0x1f, control: 0x1d })
    expect(hasRedirect(acs)).toBe(true)
    expect(hasRedirect(readAcs(new ConfigSpace(config.bytes.slice(0, 64))))).toBeUndefined()
  })

  test('a word is printed by its bits', () => {
    expect([formatAcs(0), formatAcs(0x1d), formatAcs(acsWith(0x1d, [], ['RR', 'CR']))]).toEqual([
      'off',
      'SV+RR+CR+UF',
      'SV+UF',
    ])
  })
})
