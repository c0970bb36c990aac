import { describe, expect, test } from 'vitest'
import { type House, play, step } from './machine.ts'

const REDIRECT = ['SV', 'RR', 'CR', 'UF'] as const
const lend = [step('open', 'disk'), step('export', 'disk', { bar: 0 }, 'buf')]

/** Lend the BAR, import it on a device, write. */
const story = (on: string, house: House = {}) =>
  play(
    [...lend, step('import', 'buf', { on }, 'use'), step('write', 'use', { data: 'hello' }), step('close', 'use')],
    house,
  )

/** CPU 80000000 is bus 40000000; devices see CPU addresses 32 TiB further up. */
const OFFSET: NonNullable<House['hostBridge']> = {
  windows: [{ start: '0x80000000', length: '256 MiB', bus: '0x40000000' }],
  inbound: [{ bus: '0x200000000000', start: 0, length: '4 GiB' }],
}

describe('DMA-11: the CPU address, whatever the machine', () => {
  test('DMA-14: without an offset and below one switch it works, by luck', () => {
    const { ends, invariants, map, bar } = story('card')
    expect([ends[3], invariants]).toEqual(['ok', []])
    expect(map).toMatchObject({ rule: 'DMA-11', addressKind: 'phys', address: bar.start })
  })

  test('DMA-13: with an offset nobody decodes it', () => {
    const { ends, invariants, map, bar } = story('card', { hostBridge: OFFSET })
    expect([ends[2], ends[3], invariants]).toEqual(['ok', 'error', ['INV-16']])
    expect(map).toMatchObject({ address: bar.start })
    expect(bar.bus).not.toBe(bar.start)
  })

  test('DMA-13: or somebody else does', () => {
    const inbound = [{ bus: '0x80000000', start: 0, length: '1 GiB' }]
    const { ends, report } = story('card', { hostBridge: { ...OFFSET, inbound } })
    expect(ends[3]).toBe('ok')
    expect(report.violations.map(({ invariant, message }) => `${invariant} ${message}`)).toEqual([
      expect.stringMatching(/^INV-16 .* landed in RAM/) as string,
    ])
  })

  test('DMA-13: or it comes back to the right place the long way round, which a switch would have spared', () => {
    const { ends, invariants } = story('card', { hostBridge: { windows: OFFSET.windows ?? [] } })
    expect([ends[3], invariants]).toEqual(['ok', ['INV-18']])
  })

  test('DMA-18: with redirect the host bridge wants its inbound view, which the call leaves out', () => {
    const { ends, invariants } = story('card', { acs: REDIRECT, hostBridge: OFFSET })
    expect([ends[2], ends[3], invariants]).toEqual(['ok', 'error', ['INV-16']])
  })

  test('DMA-17: it succeeds between root ports of a bridge that routes nothing, and nothing arrives', () => {
    const { ends, invariants } = story('far', { intel: true, hostBridge: { routesPeers: false } })
    expect([ends[2], ends[3], invariants]).toEqual(['ok', 'error', ['INV-16']])
  })

  test('DMA-11: the DMA mask is all that it looks at', () => {
    const { ends, report } = story('card', { dmaMaskBits: 31 })
    expect(ends[2]).toBe('ENOMEM')
    expect(report.outcomes[2]?.result).toMatchObject({ rule: 'DMA-11' })
  })
})

describe('VFIO-9b: requests', () => {
  test.each([
    [0, 'EINVAL', [{ offset: 1n, length: 4096n }]],
    [0, 'EINVAL', [{ offset: 0n, length: 0n }]],
    [0, 'EINVAL', [{ offset: 0n, length: 0x20_0000n }]],
    [0, 'EINVAL', []],
    [3, 'EINVAL', [{ offset: 0n, length: 4096n }]],
    [0, 'ok', [{ offset: 4096n, length: 8192n }]],
  ])('VFIO-9b: BAR %d gives %s', (bar, end, ranges) => {
    expect(play([step('open', 'disk'), step('export', 'disk', { bar, ranges }, 'buf')]).ends[1]).toBe(end)
  })
})

describe('REV-8: its life is that of any buffer', () => {
  test('REV-8: a close takes every mapping away, and none comes back', () => {
    const { ends, invariants, report } = play([
      ...lend,
      step('import', 'buf', { on: 'card' }, 'use'),
      step('close', 'disk'),
      step('write', 'use', { data: 'late' }),
      step('import', 'buf', { on: 'card' }),
      step('unbind', 'disk'),
      step('close', 'use'),
      step('close', 'buf'),
    ])
    expect(ends).toEqual(['ok', 'ok', 'ok', 'ok', 'error', 'ENODEV', 'ok', 'ok', 'ok'])
    expect(invariants).toEqual([])
    const states = report.events.flatMap((event) => (event.kind === 'state' ? [event.state] : []))
    expect(states).toEqual(['revoked', 'dead', 'released'])
  })

  test('VFIO-25: who cannot do P2P, or cannot be told, does not come in', () => {
    const end = (peer2peer: boolean, invalidate: boolean) => story('card', { user: { peer2peer, invalidate } }).ends[2]
    expect([end(false, true), end(true, false), end(true, true)]).toEqual(['EOPNOTSUPP', 'EOPNOTSUPP', 'ok'])
  })
})
