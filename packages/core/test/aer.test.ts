import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { AER_BITS, type AerError, latchAer, readAer, writeAer } from '../src/capability/aer.ts'
import { writePcie } from '../src/capability/pcie.ts'
import { ConfigSpace } from '../src/config-space.ts'

function express(bytes = 4096): ConfigSpace {
  const config = new ConfigSpace(new Uint8Array(bytes))
  writePcie(config, 0x40, { portType: 'endpoint', flr: true, slot: false })
  return config
}

describe('HAZ-3: AER', () => {
  test('HAZ-3: completion timeout is bit 14, unsupported request bit 20, ACS violation bit 21', () => {
    expect(Object.entries(AER_BITS)).toEqual([
      ['completion-timeout', 2 ** 14],
      ['unsupported-request', 2 ** 20],
      ['acs-violation', 2 ** 21],
    ])
  })

  test('HAZ-3: a function notes each error it sees, until the bit is cleared', () => {
    const seen = fc.array(fc.constantFrom(...(Object.keys(AER_BITS) as AerError[])), { maxLength: 6 })
    fc.assert(
      fc.property(seen, (errors) => {
        const config = express()
        writeAer(config, 0x100)
        expect(readAer(config)).toEqual({ offset: 0x100, errors: [] })
        for (const error of errors) expect(latchAer(config, error)).toBe(true)
        const all = (Object.keys(AER_BITS) as AerError[]).filter((error) => errors.includes(error))
        expect(readAer(config)).toEqual({ offset: 0x100, errors: all })
      }),
    )
  })

  test('HAZ-3: a function without the capability notes nothing', () => {
    const config = express()
    expect(latchAer(config, 'unsupported-request')).toBe(false)
    expect(readAer(config)).toBe(null)
    expect(config.bytes.slice(0x100).every((byte) => byte === 0)).toBe(true)
  })

  test('HAZ-3: bytes that a capture does not reach tell nothing', () => {
    expect(readAer(express(256))).toBe(undefined)
  })
})
