import { type Actor, buildTopology, compose, type Report, type Step, type StepValue } from '@barter/core'
import { runScenario } from '@barter/sim'
import { describe, expect, test } from 'vitest'
import { vfioPci } from '../src/index.ts'
import { NVME } from './house.ts'

const { topology, names } = buildTopology({ hostBridges: [{ id: '8086:29c0', devices: [NVME] }] })

const step = (verb: string, target: string, args: Record<string, StepValue> = {}, as?: string): Step => ({
  verb,
  target,
  args,
  ...(as === undefined ? {} : { as }),
})

/** Steps of one or several actors; every outcome in a few words. */
function told(actors: readonly Actor[]): { readonly report: Report; readonly results: readonly string[] } {
  const at = names.get('nvme') ?? expect.fail()
  const system = compose({ topology, plugins: [vfioPci()] })
  const report = runScenario(
    system,
    { title: 'mappings', devices: { nvme: { at, driver: 'vfio-pci' } }, actors, expect: [] },
    { seed: 1 },
  )
  const results = report.outcomes.map(({ text, result }) => {
    if (result.kind === 'ok') return typeof result.value === 'string' ? result.value : 'ok'
    if (result.kind === 'signal') return `${result.signal} ${result.rule}`
    return result.kind === 'errno' ? `${result.errno} ${result.rule}` : `${text}: ${result.kind}`
  })
  return { report, results }
}

describe('mappings in a scenario', () => {
  test('MM-1 to MM-9: a process maps, stores, cannot pin, gets SIGBUS, and unmaps', () => {
    const { report, results } = told([
      {
        name: 'vmm',
        steps: [
          step('open', 'nvme'),
          step('mmap', 'nvme', { bar: 0 }, 'm'),
          step('store', 'm', { data: 'hello' }),
          step('load', 'm', { length: 5 }),
          step('load', 'm', { length: 5, guest: true }),
          step('pin', 'm'),
          step('configWrite', 'nvme', { register: 'command', value: '0x101' }),
          step('load', 'm', { length: 5 }),
          step('load', 'm', { length: 5, guest: true }),
          step('close', 'm'),
          step('load', 'm', { length: 5 }),
        ],
      },
    ])
    expect(results).toEqual([
      'ok',
      'ok',
      'ok',
      '"hello"',
      '"hello"',
      'EFAULT MM-3',
      'ok',
      'SIGBUS MM-6',
      'EFAULT MM-8',
      'ok',
      'SIGSEGV MM-1',
    ])
    expect(report.violations).toEqual([])
  })

  test('MM-10: a mapping keeps the device open after its descriptor is gone, so an unbind waits for it', () => {
    const { report, results } = told([
      {
        name: 'vmm',
        steps: [
          step('open', 'nvme'),
          step('mmap', 'nvme', { bar: 0 }, 'm'),
          step('store', 'm', { data: 'late' }),
          step('close', 'nvme'),
          step('sleep', '20 ms'),
          step('load', 'm', { length: 4 }),
        ],
      },
      { name: 'admin', steps: [step('sleep', '10 ms'), step('unbind', 'nvme')] },
    ])
    expect(results).toEqual(['ok', 'ok', 'ok', 'ok', 'ok', '"late"', 'ok', 'ok'])
    const unbind = report.outcomes.find(({ text }) => text.startsWith('unbind'))
    expect(unbind?.ended).toBeGreaterThan(20_000)
    expect(report.violations).toEqual([])
  })
})
