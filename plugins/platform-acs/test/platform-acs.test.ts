import { describe, expect, test } from 'vitest'
import { buildTopology, compose, ConfigSpace, p2pVerdict, parseBdf } from '@barter/core'
import { acs, type AcsOptions } from '../src/index.ts'
import { bdfOf, built, controlOf, topologyWith } from './machine.ts'

const PLACES = ['rp0', 'sw0', 'dp0', 'dp1', 'nvme', 'nic', 'rp1', 'guest'] as const
const words = (options: AcsOptions | AcsOptions['mode']) => {
  const topology = topologyWith(acs(options))
  return Object.fromEntries(PLACES.map((name) => [name, controlOf(topology, name)]))
}
const none = { sw0: null, nvme: null, guest: null }

describe('modes', () => {
  test('ACS-9: as found, the words stay and nothing is copied', () => {
    expect(words({})).toEqual({ ...none, rp0: 0x01, dp0: 0x21, dp1: 0x0c, nic: 0x04, rp1: 0 })
    expect(topologyWith(acs()).functions[0]).toBe(built.topology.functions[0])
  })

  test('ACS-1: off clears every word', () => {
    expect(words('off')).toEqual({ ...none, rp0: 0, dp0: 0, dp1: 0, nic: 0, rp1: 0 })
  })

  test('ACS-9: the kernel adds SV, RR, CR and UF as offered, TB on an external-facing port, and leaves EC as found', () => {
    expect(words('kernel-default')).toEqual({ ...none, rp0: 0x1d, dp0: 0x3d, dp1: 0x1d, nic: 0x0c, rp1: 0x1f })
  })

  test('ACS-9: below an external-facing port everything is untrusted and gets TB', () => {
    const { topology, names } = buildTopology({
      hostBridges: [
        {
          devices: [
            { rootPort: 'rp', externalFacing: true, below: [{ switch: 'sw', ports: [{ port: 'dp' }] }] },
            { rootPort: 'inner' },
          ],
        },
      ],
    })
    const after = compose({ topology, plugins: [acs('kernel-default')] }).topology
    const word = (name: string) => controlOf(after, names.get(name) ?? expect.fail())
    expect([word('rp'), word('dp'), word('inner')]).toEqual([0x1f, 0x1f, 0x1d])
  })

  test('ACS-9: without ATS it adds TB wherever it is offered', () => {
    const topology = topologyWith(acs({ mode: 'kernel-default', atsOff: true }))
    expect([controlOf(topology, 'rp0'), controlOf(topology, 'nic')]).toEqual([0x1f, 0x0c])
  })

  test('ACS-3: redirect sends peer traffic up and changes nothing else', () => {
    expect(words('redirect')).toEqual({ ...none, rp0: 0x1d, dp0: 0x3d, dp1: 0x1c, nic: 0x0c, rp1: 0x1c })
  })
})

describe('ports', () => {
  test('ACS-1: edits come after the mode, by function name', () => {
    const ports = { [bdfOf('dp0')]: 'off', [bdfOf('dp1')]: '-RR', [bdfOf('rp1').replace('0000:', '')]: 0x11 }
    expect(words({ mode: 'redirect', ports })).toEqual({
      ...none,
      rp0: 0x1d,
      dp0: 0,
      dp1: 0x18,
      nic: 0x0c,
      rp1: 0x11,
    })
  })

  test('ACS-1: the topology that was given keeps its words', () => {
    const before = PLACES.map((name) => controlOf(built.topology, name))
    topologyWith(acs('off'))
    expect(PLACES.map((name) => controlOf(built.topology, name))).toEqual(before)
  })

  test.each([
    ['a function that is not there', { ports: { '0000:7f:00.0': 'off' } }, 'ACS_PORT'],
    ['a word that is no function', { ports: { switch: 'off' } }, 'ACS_PORT'],
    ['a function without ACS', { ports: { [bdfOf('nvme')]: 'off' } }, 'ACS_NONE'],
    ['a bit that is not offered', { ports: { [bdfOf('nic')]: '+SV' } }, 'ACS_BIT_NOT_OFFERED'],
    ['a mode that is none', { mode: 'on' as never }, 'ACS_MODE'],
    ['a setting that is none', { ports: { [bdfOf('dp0')]: 'yes' } }, 'ACS_WORD'],
  ])('ACS-1: %s is refused with a hint', (_, options, code) => {
    expect(() => topologyWith(acs(options))).toThrow(
      expect.objectContaining({ code, hint: expect.any(String), plugin: 'platform-acs' }),
    )
  })

  test('ACS-1: a capture that does not reach the registers is refused only when they are to be edited', () => {
    const short = built.topology.mapFunctions((fn) => ({
      ...fn,
      config: new ConfigSpace(fn.config.bytes.slice(0, 64)),
    }))
    const set = (options: AcsOptions) => compose({ topology: short, plugins: [acs(options)] })
    expect(() => set({ mode: 'off' })).not.toThrow()
    expect(() => set({ ports: { [bdfOf('dp0')]: 'off' } })).toThrow(expect.objectContaining({ code: 'ACS_UNKNOWN' }))
  })
})

describe('what it is for', () => {
  const verdict = (options: AcsOptions | AcsOptions['mode']) => {
    const topology = topologyWith(acs(options))
    const fn = (name: string) => topology.get(parseBdf(bdfOf(name)) ?? expect.fail())
    return p2pVerdict(topology, fn('nvme'), fn('nic')).mapType
  }

  test('P2P-21: two devices below one switch talk directly only where nothing redirects', () => {
    expect(verdict('off')).toBe('bus-addr')
    expect(verdict('redirect')).not.toBe('bus-addr')
    const functions = ['dp0', 'dp1', 'nic'].map(bdfOf).join(';')
    expect(verdict({ mode: 'kernel-default', disableAcsRedir: functions })).toBe('bus-addr')
  })
})
