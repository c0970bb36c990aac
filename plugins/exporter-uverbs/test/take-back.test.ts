/** When a buffer is taken back, in which order, and what becomes of everybody. */
import type { Report } from '@barter/core'
import { describe, expect, test } from 'vitest'
import { RELEASE, REVOKE_ONCE, revokeUnlessDone, waitUnmapped } from '../src/index.ts'
import { endings, endingsOf, invariants, play, protocol, step } from './machine.ts'

const ranges = [{ offset: 0n, length: 0x1000n }]
const begin = [
  step('open', 'nic'),
  step('export', 'nic', { bar: 0, ranges, as: 'buf' }),
  step('import', 'buf', { on: 'card', as: 'use' }),
]
const write = step('write', 'use', { length: '4 KiB' })
const ways = {
  'the piece is given back': step('freeEntry', 'nic'),
  'the file is closed': step('close', 'nic'),
  'the driver leaves the NIC': step('unbind', 'nic'),
}

const states = ({ events }: Report) => events.flatMap((event) => (event.kind === 'state' ? [event.state] : []))

describe.each(Object.entries(ways))('RDMA-18: %s', (_, way) => {
  test('the buffer is taken back once, in the order of a revoke, with nothing armed again', () => {
    const report = play({ user: [...begin, write, way, write] })
    expect(endings(report)).toEqual(['ok', 'ok', 'ok', 'ok', 'ok', 'not mapped'])
    expect(protocol(report, 'uverbs revoke')).toEqual(REVOKE_ONCE.map(({ name }) => name))
    expect(states(report)).toEqual(['revoked', 'dead', 'released'])
    expect(invariants(report)).toEqual([])
  })

  test('INV-1: it waits for an importer whose unmap comes late', () => {
    const report = play({ user: [...begin, way, write] }, { card: 'late' })
    expect(endings(report)).toEqual(['ok', 'ok', 'ok', 'ok', 'not mapped'])
    const unmapped = report.events.findIndex((event) => event.kind === 'unmap')
    const dead = report.events.findIndex((event) => event.kind === 'state' && event.state === 'dead')
    expect([unmapped > 0 && unmapped < dead, invariants(report)]).toEqual([true, []])
  })

  test('DMB-16, DMB-19: it is never over for one that was let in without a callback', () => {
    const report = play({ user: [...begin, way] }, { card: 'silent' })
    expect(report.outcomes.at(-1)?.result).toMatchObject({ kind: 'blocked', on: 'unmapped(nic.bar0#1)' })
  })

  test('INV-22: nobody maps it again; attaching is not asked about that', () => {
    const again = step('import', 'buf', { on: 'card', as: 'again' })
    const report = play({ user: [...begin, way, again] })
    expect(endings(report).at(-1)).toBe('ENODEV RDMA-18')
    expect(report.events.filter((event) => event.kind === 'attach' && event.errno === undefined)).toHaveLength(2)
  })

  test('INV-1: without the wait for unmaps the judge finds who goes on', () => {
    const revoke = REVOKE_ONCE.filter((one) => one !== waitUnmapped)
    const report = play({ user: [...begin, way, write, write] }, { card: 'late', protocols: { revoke } })
    expect(invariants(report)).toContain('INV-1')
  })
})

test('RDMA-18: an unbind does not wait for who has the NIC open; who has gets EIO', () => {
  const report = play({
    user: [
      step('open', 'nic', { as: 'held' }),
      step('export', 'held', { bar: 0, ranges, as: 'buf' }),
      step('import', 'buf', { on: 'card', as: 'use' }),
      step('unbind', 'nic'),
      step('export', 'held', { bar: 0, ranges }),
      step('entries', 'held'),
      step('open', 'nic', { as: 'again' }),
      step('bind', 'nic'),
      step('entries', 'held'),
      step('open', 'nic', { as: 'fresh' }),
      step('export', 'fresh', { bar: 0, ranges }),
      step('close', 'held'),
    ],
  })
  expect(endings(report).slice(3)).toEqual([
    'ok',
    'EIO RDMA-18',
    'EIO RDMA-18',
    'ENODEV TRG-15',
    'ok',
    'EIO RDMA-18',
    'ok',
    'ok',
    'ok',
  ])
  expect(invariants(report)).toEqual([])
})

test('RDMA-18: one context goes, the buffers of another stay', () => {
  const report = play({
    user: [...begin, step('start', 'other'), step('wait', 'other', { until: 'done' }), write],
    other: [
      step('open', 'nic', { as: 'theirs' }),
      step('export', 'theirs', { bar: 0, ranges: [{ offset: 0x2000n, length: 0x1000n }] }),
      step('close', 'theirs'),
    ],
  })
  expect([endingsOf(report, 'user').at(-1), invariants(report)]).toEqual(['ok', []])
})

test('P2P-9: with the name of an importer for its driver a NIC lends and uses', () => {
  const report = play(
    {
      user: [
        step('open', 'nic'),
        step('export', 'nic', { bar: 0, ranges, as: 'buf' }),
        step('import', 'buf', { on: 'nic', as: 'own' }),
        step('write', 'own', { data: 'ring' }),
      ],
    },
    { driver: 'inline' },
  )
  expect([endings(report), invariants(report)]).toEqual([['ok', 'ok', 'ok', 'ok'], []])
})

describe('BUG-13, INV-27: a release while somebody walks over the buffers', () => {
  const SEEDS = 60
  /** Two buffers of one piece: the clean-up of the context stands at the first when the second goes. */
  const race = (seed: number, release = RELEASE) =>
    play(
      {
        user: [
          step('open', 'nic'),
          step('export', 'nic', { bar: 0, ranges, as: 'first' }),
          step('export', 'nic', { bar: 0, ranges, as: 'second' }),
          step('import', 'first', { on: 'card', as: 'use' }),
          step('start', 'closer'),
          step('unbind', 'nic'),
        ],
        closer: [step('close', 'second')],
      },
      { card: 'late', seed, protocols: { release } },
    )

  test('the release waits for the walk, in every order of events', () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const report = race(seed)
      expect([seed, endings(report), invariants(report)]).toEqual([seed, Array(7).fill('ok'), []])
    }
  })

  test('without the locks the walk comes to memory that is free', () => {
    const found = new Set<string>()
    for (let seed = 1; seed <= SEEDS; seed++) {
      for (const { rule } of race(seed, [revokeUnlessDone]).violations) found.add(rule)
    }
    expect([...found]).toContain('INV-27')
  })
})
