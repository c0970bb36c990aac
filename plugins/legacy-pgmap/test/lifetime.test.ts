import { describe, expect, test } from 'vitest'
import { type House, play, step } from './machine.ts'

const REDIRECT = ['SV', 'RR', 'CR', 'UF'] as const

const lend = [
  step('open', 'store'),
  step('addResource', 'store', { bar: 2 }),
  step('export', 'store', { bar: 2, ranges: [{ offset: 0, length: '64 KiB' }] }, 'buf'),
]
const use = step('import', 'buf', { on: 'nic' }, 'use')
const write = step('write', 'use', { data: 'hello' })

/** Outcomes in words, with the rule of a refusal. */
const told = (report: ReturnType<typeof play>) =>
  report.outcomes.map(({ text, result }) =>
    result.kind === 'errno' ? `${text}: ${result.errno} ${result.rule}` : `${text}: ${result.kind}`,
  )

function mapped(house: House) {
  const report = play({ user: [...lend, use, write, step('close', 'use'), step('close', 'buf')] }, house)
  const map = report.events.find((event) => event.kind === 'map')
  return { report, map, import: report.outcomes[3]?.result, write: report.outcomes[4]?.result }
}

describe('PGM-10: dma_map_sg', () => {
  test('PGM-10: below one switch the bus address', () => {
    const { report, map, write } = mapped({})
    expect(map).toMatchObject({ mapType: 'bus-addr', addressKind: 'bus', count: 1 })
    expect([write, report.violations]).toEqual([expect.objectContaining({ kind: 'ok' }), []])
  })

  test('PGM-10: through the host bridge like any page', () => {
    const { report, map, write } = mapped({ acs: REDIRECT })
    expect(map).toMatchObject({ mapType: 'thru-host-bridge', addressKind: 'phys' })
    expect([write, report.violations]).toEqual([expect.objectContaining({ kind: 'ok' }), []])
  })

  test('PGM-10: a pair that cannot fails the whole list with EREMOTEIO, where a provider says EINVAL', () => {
    const report = mapped({ acs: REDIRECT, hostBridge: '8086:1237' })
    expect(report.import).toMatchObject({ kind: 'errno', errno: 'EREMOTEIO', rule: 'PGM-10' })
  })
})

describe('PGM-11: the end is waiting', () => {
  test('PGM-11: an unbind blocks until the importer has gone by itself; nobody tells it', () => {
    const report = play({
      admin: [step('wait', 'use', { until: 'mapped' }), step('unbind', 'store')],
      user: [...lend, use, step('sleep', '1 s'), write, step('close', 'use'), step('close', 'buf')],
    })
    expect(report.violations).toEqual([])
    expect(report.events.filter((event) => event.kind === 'invalidate')).toEqual([])
    const unbind = report.outcomes.find(({ text }) => text.startsWith('unbind'))
    const close = report.outcomes.find(({ text }) => text === 'close buf')
    expect(unbind?.result.kind).toBe('ok')
    expect(unbind?.ended).toBeGreaterThanOrEqual(close?.started ?? Infinity)
    expect(unbind?.ended).toBeGreaterThan(1_000_000)
  })

  test('PGM-11: one who never lets go blocks it for ever', () => {
    const report = play({
      admin: [step('wait', 'use', { until: 'mapped' }), step('unbind', 'store')],
      user: [...lend, use, step('idle', '')],
    })
    const unbind = report.outcomes.find(({ text }) => text.startsWith('unbind'))
    expect(unbind?.result).toMatchObject({ kind: 'blocked', why: 'admin waits for pages(store BAR 2) (struct pages)' })
  })

  test('PGM-11: meanwhile nothing new is handed out; pages go in the order of the kernel', () => {
    const report = play({
      admin: [step('wait', 'use', { until: 'mapped' }), step('unbind', 'store')],
      user: [
        ...lend,
        use,
        step('sleep', '1 ms'),
        step('export', 'store', { bar: 2, ranges: [{ offset: 0, length: '4 KiB' }] }, 'second'),
        step('close', 'use'),
        step('close', 'buf'),
        step('sleep', '1 ms'),
        step('p2pmem', 'store'),
      ],
    })
    expect(told(report)).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^export store.*: ENODEV PGM-11$/) as string,
        'p2pmem store: ENODEV PGM-8',
      ]),
    )
    const steps = report.events.flatMap((event) => (event.kind === 'protocol' ? [event.name] : []))
    expect(steps).toEqual(['removeAllocateFile', 'killReference', 'unmapPages'])
  })

  test('PGM-12: a reset reaches a device that others still use: nobody is told, and the judge finds it', () => {
    const report = play({
      admin: [step('wait', 'use', { until: 'mapped' }), step('sysfsReset', 'store')],
      user: [...lend, use, step('wait', 'store', { until: 'dark' }), write, step('close', 'use'), step('close', 'buf')],
    })
    expect(report.violations.map(({ invariant }) => invariant)).toContain('INV-14')
  })
})

describe('PGM-8: the words of the device', () => {
  test('PGM-6: adding a resource says what it costs', () => {
    const report = play({ user: [step('open', 'card'), step('addResource', 'card', { bar: 0, size: '100 GiB' })] })
    expect(report.outcomes[1]?.result).toMatchObject({
      kind: 'ok',
      value: { pages: 26_214_400, structPageBytes: 1_677_721_600 },
    })
  })

  test('P2P-27: find, publish and the status', () => {
    const report = play({
      user: [
        step('open', 'card'),
        step('addResource', 'card', { bar: 0, size: '2 MiB' }),
        step('find', 'card', { clients: ['nic'] }),
        step('publish', 'card'),
        step('find', 'card', { clients: ['nic'] }),
        step('find', 'card', { clients: ['nobody'] }),
        step('p2pmem', 'card'),
        step('pinPages', 'card', { longterm: true, p2pdma: true }),
      ],
    })
    const values = report.outcomes.map(({ result }) => (result.kind === 'ok' ? result.value : result))
    expect(values.slice(2)).toEqual([
      { provider: null },
      undefined,
      { provider: 'card' },
      expect.objectContaining({ errno: 'ENODEV' }),
      { size: 2 * 1024 ** 2, available: 2 * 1024 ** 2, published: true },
      expect.objectContaining({ errno: 'EINVAL', rule: 'PGM-9' }),
    ])
  })
})

describe('PGM-8: mmap of p2pmem/allocate', () => {
  const add = [step('open', 'store'), step('addResource', 'store', { bar: 2 })]
  const map = step('mmap', 'store', { bar: 2, length: '64 KiB' }, 'pages')

  test('PGM-8: the CPU has fresh pages of the pool, which come back with the mapping', () => {
    const report = play({
      user: [
        ...add,
        map,
        step('store', 'pages', { data: 'hello' }),
        step('load', 'pages', { length: 5, expectData: 'hello' }),
        step('p2pmem', 'store'),
        step('close', 'pages'),
        step('p2pmem', 'store'),
      ],
    })
    const available = report.outcomes.flatMap(({ text, result }) =>
      text === 'p2pmem store' && result.kind === 'ok' ? [(result.value as { available: number }).available] : [],
    )
    expect(available).toEqual([16 * 1024 ** 2 - 64 * 1024, 16 * 1024 ** 2])
    expect([new Set(report.outcomes.map(({ result }) => result.kind)), report.violations]).toEqual([
      new Set(['ok']),
      [],
    ])
  })

  test('PGM-8, PGM-9: refusals in order, and a pin by one who does not know P2P pages', () => {
    const report = play({
      user: [
        ...add,
        step('mmap', 'store', { bar: 2, length: '4 KiB', shared: false, offset: '4 KiB' }, 'a'),
        step('mmap', 'store', { bar: 2, length: '4 KiB', offset: '4 KiB' }, 'b'),
        step('mmap', 'store', { bar: 0, length: '4 KiB' }, 'c'),
        step('mmap', 'store', { bar: 2, length: '32 MiB' }, 'd'),
        map,
        step('pin', 'pages'),
      ],
    })
    expect(
      told(report)
        .slice(2)
        .map((text) => text.split(': ')[1]),
    ).toEqual(['EINVAL PGM-8', 'EINVAL PGM-8', 'ENODEV PGM-8', 'ENOMEM PGM-8', 'ok', 'EREMOTEIO PGM-9'])
  })

  test('PGM-11: the unbind takes the file away first, and mappings with it, so it does not wait for them', () => {
    const report = play({
      admin: [step('wait', 'user', { until: 'done' })],
      user: [
        ...add,
        map,
        step('store', 'pages', { data: 'hello' }),
        step('unbind', 'store'),
        step('load', 'pages', { length: 5 }),
        step('mmap', 'store', { bar: 2, length: '4 KiB' }, 'late'),
        step('close', 'pages'),
      ],
    })
    expect(
      report.outcomes
        .slice(-4)
        .map(({ result }) => ('errno' in result ? result.errno : 'signal' in result ? result.signal : result.kind)),
    ).toEqual(['ok', 'SIGBUS', 'ENODEV', 'ok'])
    expect(report.violations).toEqual([])
  })
})
