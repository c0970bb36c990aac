import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { UsageError } from '@barter/core'
import { acs, type AcsOptions, parseConfigAcs, parseDisableAcsRedir } from '../src/index.ts'
import { bdfOf, built, controlOf, topologyWith } from './machine.ts'

const words = (options: AcsOptions, ...names: string[]) => {
  const topology = topologyWith(acs(options))
  return names.map((name) => controlOf(topology, name))
}

describe('pci=disable_acs_redir', () => {
  test('ACS-10: clears RR, CR and EC, and with them what the default had set', () => {
    const mode = 'kernel-default'
    expect(words({ mode }, 'rp0', 'dp0', 'dp1')).toEqual([0x1d, 0x3d, 0x1d])
    const disableAcsRedir = `${bdfOf('dp0')};${bdfOf('dp1')}`
    // dp0 had SV from firmware and keeps it; dp1 did not, so the SV and UF of the default are lost.
    expect(words({ mode, disableAcsRedir }, 'rp0', 'dp0', 'dp1')).toEqual([0x1d, 0x01, 0x00])
  })

  test('ACS-10: a comma separates as well as a semicolon, and one at the end is no entry', () => {
    const disableAcsRedir = `${bdfOf('dp0')},${bdfOf('dp1')};`
    expect(words({ mode: 'redirect', disableAcsRedir }, 'rp0', 'dp0', 'dp1')).toEqual([0x1d, 0x01, 0x00])
  })

  test('ACS-10: a path names a function by its place below a bridge, whatever the bus numbers', () => {
    const [bus, device, fn] = bdfOf('rp0').slice(5).split(/[:.]/)
    const port = bdfOf('dp1').slice(-4)
    const disableAcsRedir = `${bus}:${device}.${fn}/00.0/${port}`
    expect(words({ mode: 'redirect', disableAcsRedir }, 'dp0', 'dp1')).toEqual([0x3d, 0x00])
  })

  test('ACS-10: ids name every function that has them, and 0 stands for any', () => {
    const { vendor, device } = built.topology.get(built.names.get('dp0') ?? expect.fail())
    const id = (n: number) => n.toString(16)
    const both = `pci:${id(vendor)}:${id(device)}`
    expect(words({ mode: 'redirect', disableAcsRedir: both }, 'rp0', 'dp0', 'dp1')).toEqual([0x1d, 0x01, 0x00])
    expect(words({ mode: 'redirect', disableAcsRedir: 'pci:0:0' }, 'rp0', 'dp0', 'dp1')).toEqual([0x01, 0x01, 0x00])
    expect(words({ mode: 'redirect', disableAcsRedir: 'pci:dead:0' }, 'rp0')).toEqual([0x1d])
    expect(words({ mode: 'redirect', disableAcsRedir: 'pci:0:0:dead:beef' }, 'rp0')).toEqual([0x1d])
  })

  test('ACS-10: the base is what firmware left, edits of ports included', () => {
    const ports = { [bdfOf('dp1')]: '+SV,+UF' }
    expect(words({ mode: 'kernel-default', ports, disableAcsRedir: bdfOf('dp1') }, 'dp1')).toEqual([0x11])
  })
})

describe('pci=config_acs', () => {
  test('ACS-11: flags are read from the right; x keeps what firmware left', () => {
    const at = bdfOf('dp0')
    expect(words({ configAcs: `1@${at}` }, 'dp0')).toEqual([0x21])
    expect(words({ configAcs: `10@${at}` }, 'dp0')).toEqual([0x22])
    expect(words({ configAcs: `x0xxx0@${at}`, mode: 'kernel-default' }, 'dp0')).toEqual([0x20])
    expect(words({ configAcs: `0000000@${at}`, mode: 'kernel-default' }, 'dp0')).toEqual([0x00])
  })

  test('ACS-11: it overrides disable_acs_redir, from the same base', () => {
    const at = bdfOf('dp1')
    expect(words({ disableAcsRedir: at, configAcs: `xxxxxx1@${at}` }, 'dp1')).toEqual([0x0d])
  })

  test('ACS-11: each entry has flags of its own, and the first that means a function wins', () => {
    const configAcs = `x0x@${bdfOf('dp0')};11xx@${bdfOf('dp1')};0000@pci:0:0`
    expect(words({ configAcs }, 'dp0', 'dp1', 'rp0')).toEqual([0x21, 0x0c, 0x00])
  })

  test('ACS-11: a bit that the capability does not offer stays off', () => {
    expect(words({ configAcs: `1111111@${bdfOf('nic')}` }, 'nic')).toEqual([0x4c])
  })
})

describe('mistakes', () => {
  test.each([
    ['ACS-11: no @', () => parseConfigAcs('0000:03:00.0'), 'has no flags@'],
    ['ACS-11: no flags', () => parseConfigAcs('@0000:03:00.0'), 'has no flags before'],
    ['ACS-11: a foreign flag', () => parseConfigAcs('1y@0000:03:00.0'), '"y"'],
    ['ACS-11: a forced bit above DT', () => parseConfigAcs('10000000@0000:03:00.0'), 'forces bit 7'],
    ['ACS-10: no function', () => parseDisableAcsRedir('nvme'), '"nvme"'],
    ['ACS-10: nothing at all', () => parseDisableAcsRedir(''), '""'],
    ['ACS-10: an empty entry', () => parseDisableAcsRedir('00:1c.0;;00:1d.0'), '""'],
    ['ACS-10: a function not in this machine', () => topologyWith(acs({ disableAcsRedir: '7f:00.0' })), 'not in this'],
  ])('%s', (_, act, says) => {
    expect(act).toThrow(
      expect.objectContaining({
        code: 'ACS_PARAMETER',
        message: expect.stringContaining(says),
        hint: expect.any(String),
      }),
    )
  })

  test('ACS-11: an x above DT forces nothing', () => {
    expect(() => parseConfigAcs('xx1000000@00:1c.0')).not.toThrow()
  })

  test('ACS-10, ACS-11: any text is read or refused as a mistake of a person', () => {
    const text = fc.string({ unit: fc.constantFrom(...'0123456789abcdefpci:./;,@xX1 ') })
    fc.assert(
      fc.property(text, (value) => {
        for (const parse of [parseDisableAcsRedir, parseConfigAcs]) {
          try {
            parse(value)
          } catch (error) {
            expect(error).toBeInstanceOf(UsageError)
          }
        }
      }),
    )
  })
})
