/** The type1 container on CPU mappings of vfio-pci, with an IOMMU below: what stays when everything else has gone. */
import { iommu } from '@barter/platform-iommu'
import type { Step } from '@barter/core'
import { describe, expect, test } from 'vitest'
import { ends, type House, invariants, play, step } from './house.ts'

const REDIRECT = ['SV', 'RR', 'CR', 'UF'] as const
const MAPPED = { bar: 0, length: '64 KiB' }
const IOVA = 0x1000_0000

const lend = [step('open', 'disk'), step('mmap', 'disk', MAPPED, 'bar')]
const enter = (args: Step['args'] = {}, as = 'entry'): Step =>
  step('import', 'bar', { on: 'card', iova: IOVA, ...args }, as)
const write = (what: string) => step('write', 'entry', { data: what })
const wipe = [step('close', 'entry'), step('close', 'bar'), step('close', 'disk')]

/** Ports redirect, so that each device is a group of its own and can be in a container of its own (ACS-13). */
const withIommu = (house: House = {}): House => ({
  acs: REDIRECT,
  ...house,
  plugins: [iommu(), ...(house.plugins ?? [])],
})
const story = (steps: readonly Step[], house: House = {}) => play({ vmm: steps }, withIommu(house))

describe('T1-1: into the container', () => {
  test('T1-2: frames at an IOVA that user space chose, no attachment, and the data arrives', () => {
    const report = story([
      ...lend,
      enter(),
      write('hello'),
      step('load', 'bar', { length: 5, expectData: 'hello' }),
      ...wipe,
    ])
    expect(ends(report)).toEqual(Array.from({ length: 8 }, () => 'ok'))
    expect(report.violations).toEqual([])
    expect(report.events.filter(({ kind }) => kind === 'attach' || kind === 'export')).toEqual([])
    expect(report.events.find(({ kind }) => kind === 'map')).toMatchObject({ address: IOVA, rule: 'T1-2' })
  })

  test('T1-6: 4 MiB of a BAR are two entries of the page tables, each found in one step', () => {
    const large = step('mmap', 'disk', { bar: 0, length: '4 MiB' }, 'bar')
    const report = story([step('open', 'disk'), large, enter(), write('hello'), ...wipe])
    expect([new Set(ends(report)), report.violations]).toEqual([new Set(['ok']), []])
    expect(report.events.find(({ kind }) => kind === 'map')).toMatchObject({ count: 2, length: 4 * 1024 ** 2 })
  })

  test('T1-5: after UNMAP the address leads nowhere', () => {
    const report = story([
      ...lend,
      enter(),
      enter({ iova: 2 * IOVA }, 'other'),
      step('close', 'entry'),
      step('iommuLookup', 'card', { address: IOVA }),
      step('iommuLookup', 'card', { address: 2 * IOVA }),
      step('close', 'other'),
      step('iommuLookup', 'card', { address: 2 * IOVA }),
      step('close', 'bar'),
      step('close', 'disk'),
    ])
    const looked = report.outcomes
      .filter(({ text }) => text.startsWith('iommuLookup'))
      .map(({ result }) => JSON.stringify(result))
    expect(looked[0]).not.toBe(looked[1])
    expect(looked[0]).toBe(looked[2])
    expect(report.violations).toEqual([])
  })

  test.each<[string, Step['args'], string]>([
    ['an IOVA that is no page', { iova: 0x10 }, 'EINVAL T1-1'],
    ['no bytes', { length: 0 }, 'EINVAL T1-1'],
    ['half a page', { length: 0x800 }, 'EINVAL T1-1'],
    ['bytes behind the mapping', { length: 0x2_0000 }, 'EFAULT T1-1'],
    ['a part of it', { offset: 0x1000, length: 0x2000 }, 'ok'],
  ])('T1-1: %s', (_what, args, end) => {
    expect(ends(story([...lend, enter(args)]))[2]).toBe(end)
  })

  test('T1-1: an address in use is EEXIST, in another container it is free', () => {
    const both = (args: Step['args']) => {
      const report = story([
        ...lend,
        enter(),
        step('import', 'bar', { on: 'camera', iova: IOVA + 0x1000, ...args }, 'second'),
      ])
      return ends(report)[3]
    }
    expect(both({})).toBe('ok')
    expect(both({ container: 'card' })).toBe('EEXIST T1-1')
  })

  test('T1-1: what is read-only for the CPU is not written by the device', () => {
    const only = [step('open', 'disk'), step('mmap', 'disk', { ...MAPPED, writable: false }, 'bar')]
    expect(ends(story([...only, enter()]))[2]).toBe('EFAULT T1-1')
    expect(ends(story([...only, enter({ rights: 'r' }), write('no')])).slice(2)).toEqual(['ok', 'error'])
  })

  test('T1-3: while memory is disabled there is nothing to find', () => {
    const off = step('configWrite', 'disk', { register: 'command', value: 0 })
    expect(ends(story([...lend, off, enter()]))[3]).toBe('EFAULT MM-8')
  })

  test('MM-3: every other importer pins what it is given by address, and that fails', () => {
    for (const driver of ['probe', 'mlx5']) {
      expect(ends(story([...lend, step('import', 'bar', { on: 'card' })], { drivers: { card: driver } }))[2]).toBe(
        'EFAULT MM-3',
      )
    }
  })

  test('T1-1: a dma-buf has no address in the process', () => {
    const report = story([
      step('open', 'disk'),
      step('export', 'disk', { bar: 0 }, 'buf'),
      step('import', 'buf', { on: 'card', iova: IOVA }),
    ])
    expect(ends(report)[2]).toBe('EFAULT T1-1')
  })

  test('T1-1: without an IOMMU there is no container', () => {
    const report = play({ vmm: [...lend, enter()] }, { plugins: [iommu({ mode: 'none' })] })
    expect(ends(report)[2]).toMatch(/^ENODEV/)
  })
})

describe('T1-4: what goes, and the entry that stays', () => {
  test('T1-8, BUG-85, INV-3: the driver is unbound, and the card writes on', () => {
    const report = play(
      {
        vmm: [
          ...lend,
          enter(),
          step('close', 'bar'),
          step('close', 'disk'),
          step('start', 'admin'),
          step('wait', 'admin', { until: 'done' }),
          write('late'),
          step('close', 'entry'),
        ],
        admin: [step('unbind', 'disk')],
      },
      withIommu(),
    )
    expect(invariants(report)).toEqual(['INV-3', 'INV-1'])
    const [held, late] = report.violations
    expect(held).toMatchObject({
      invariant: 'INV-3',
      message: expect.stringContaining('outlives the driver of disk') as string,
    })
    expect(late?.message).toContain('card wrote 4 bytes')
  })

  test('T1-4, INV-14: a reset zaps the CPU and not the card', () => {
    const inReset = (words: readonly Step[], at: readonly Step[]) =>
      play(
        {
          vmm: [
            ...lend,
            ...words,
            step('start', 'writer'),
            step('reset', 'disk'),
            step('wait', 'writer', { until: 'done' }),
          ],
          writer: [step('wait', 'disk', { until: 'dark' }), step('sleep', '10 ms'), ...at],
        },
        withIommu(),
      )
    const old = inReset([enter()], [write('dark')])
    expect(invariants(old)).toEqual(expect.arrayContaining(['INV-1', 'INV-14']))
    const cpu = inReset([], [step('store', 'bar', { data: 'dark' })])
    expect([invariants(cpu), new Set(ends(cpu))]).toEqual([[], new Set(['ok'])])
  })

  test('INV-1: after the reset the entry is as good as before, to the hardware', () => {
    const report = story([...lend, enter(), step('reset', 'disk'), write('later'), ...wipe])
    expect([ends(report)[4], invariants(report)]).toEqual(['ok', ['INV-1']])
  })

  test('INV-1: memory disabled, the entry stays and its packets find nobody', () => {
    const off = step('configWrite', 'disk', { register: 'command', value: 0 })
    const report = story([...lend, enter(), off, write('off')])
    expect([ends(report)[4], invariants(report)]).toEqual(['error', ['INV-14']])
  })

  test('T1-4: an munmap and a close of the device', () => {
    const report = story([
      ...lend,
      enter(),
      step('close', 'bar'),
      step('close', 'disk'),
      step('open', 'disk'),
      write('into the next life'),
      step('close', 'entry'),
      step('close', 'disk'),
    ])
    expect([ends(report)[6], invariants(report)]).toEqual(['ok', ['INV-1']])
  })

  test('DMA-7: user space may choose an IOVA that a switch takes for a peer', () => {
    const camera = 0x8050_0000
    const all = (house: House) => {
      const report = story([...lend, enter({ iova: camera }), write('astray'), ...wipe], house)
      return [ends(report)[3], invariants(report)]
    }
    expect(all({ acs: 'off' })).toEqual(['ok', ['INV-16']])
    expect(all({})).toEqual(['ok', []])
  })

  test('INV-1: the same with a dma-buf: refused, not found by the judge', () => {
    const drivers = { card: 'mlx5' }
    const report = story(
      [
        step('open', 'disk'),
        step('export', 'disk', { bar: 0 }, 'buf'),
        step('import', 'buf', { on: 'card' }, 'entry'),
        step('close', 'disk'),
        write('late'),
        step('close', 'entry'),
        step('close', 'buf'),
      ],
      { drivers },
    )
    expect([ends(report)[4], invariants(report)]).toEqual(['error', []])
  })
})
