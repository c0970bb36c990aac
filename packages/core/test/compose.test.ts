import { describe, expect, test } from 'vitest'
import { compose } from '../src/compose.ts'
import type { Machine } from '../src/machine.ts'
import type { Plugin } from '../src/plugin.ts'
import { FACTS, token, TOPOLOGY } from '../src/scope.ts'
import { service } from '../src/system.ts'
import { Topology } from '../src/topology.ts'
import type { Platform } from '../src/platform.ts'
import { directDma } from '../src/dma-direct.ts'
import { physAddr } from '../src/address.ts'

const empty = new Topology({
  functions: [],
  hostBridges: [],
  cpu: { arch: 'x86_64', vendor: 'AuthenticAMD', family: 23 },
  memory: [],
  unknown: [],
})
const base: Platform = {
  dma: directDma(empty),
  iommu: { translate: (_from, address) => ({ kind: 'pass', address: physAddr(address), length: 4096 }) },
}
const COUNTER = token<{ value: number }>('test-counter')

describe('compose', () => {
  test('topology is shaped before facts, in the order of the plugins', () => {
    const seen: string[] = []
    const shaper = (name: string): Plugin => ({
      name,
      apply: ({ hooks }) => {
        hooks.topology.tap(name, (topology) => (seen.push(`topology ${name}`), topology.with({ kernelRelease: name })))
        hooks.facts.tap(name, (facts, topology) => (seen.push(`facts ${name} ${topology.kernelRelease ?? ''}`), facts))
      },
    })
    const system = compose({ topology: empty, plugins: [shaper('a'), shaper('b')] })
    expect(seen).toEqual(['topology a', 'topology b', 'facts a b', 'facts b b'])
    expect(system.topology.kernelRelease).toBe('b')
    expect(system.plugins).toEqual(['a', 'b'])
  })

  test('a service is made once per run, with the run’s own values', () => {
    let made = 0
    const plugin: Plugin = {
      name: 'counts',
      apply: ({ scope }) => scope.provide(COUNTER, (run) => ({ value: run.get(TOPOLOGY) === empty ? ++made : -1 })),
    }
    const system = compose({ topology: empty, plugins: [plugin] })
    const first = system.openRun([], () => base)
    expect([first.scope.get(COUNTER), first.scope.get(COUNTER)]).toEqual([{ value: 1 }, { value: 1 }])
    expect(system.openRun([], () => base).scope.get(COUNTER)).toEqual({ value: 2 })
    expect(system.openRun([service(COUNTER, { value: 7 })], () => base).scope.get(FACTS).pageSize).toBe(4096)
  })

  test('each tap of platform wraps the one before', () => {
    const wrap = (name: string): Plugin => ({
      name,
      apply: ({ hooks }) => {
        hooks.platform.tap(name, (platform) => ({
          ...platform,
          dma: {
            ...platform.dma,
            backend: () => (name === 'outer' ? platform.dma.backend(undefined as never) : 'legacy'),
          },
        }))
      },
    })
    expect(
      compose({ topology: empty, plugins: [wrap('inner'), wrap('outer')] })
        .openRun([], () => base)
        .platform.dma.backend(undefined as never),
    ).toBe('legacy')
  })

  test('a machine is found by name; an unknown one is refused with a hint', () => {
    const machine: Machine = {
      name: 'sim',
      supports: { schedule: true, events: 'all' },
      run: () => Promise.reject(new Error('not run')),
    }
    const plugin: Plugin = { name: 'm', apply: ({ hooks }) => hooks.machine.for('sim').tap('m', () => machine) }
    const system = compose({ topology: empty, plugins: [plugin] })
    expect(system.machine('sim')).toBe(machine)
    expect(() => system.machine('simm')).toThrow(
      expect.objectContaining({ code: 'MACHINE_UNKNOWN', hint: 'did you mean sim?' }),
    )
    expect(() => system.openRun([], () => base).exporter('vfio-pci')).toThrow(
      expect.objectContaining({ code: 'DRIVER_UNKNOWN' }),
    )
  })

  test('mistakes name the plugin', () => {
    const fails: Plugin = {
      name: 'fails',
      apply: () => {
        throw new TypeError('oops')
      },
    }
    let late: (() => void) | undefined
    const lateTapper: Plugin = {
      name: 'late',
      apply: ({ hooks }) => {
        late = () => hooks.facts.tap('late', (facts) => facts)
      },
    }
    expect(() => compose({ topology: empty, plugins: [fails] })).toThrow(
      expect.objectContaining({ code: 'PLUGIN_FAILED', plugin: 'fails' }),
    )
    expect(() => compose({ topology: empty, plugins: [lateTapper, lateTapper] })).toThrow(
      expect.objectContaining({ code: 'PLUGIN_TWICE' }),
    )
    compose({ topology: empty, plugins: [lateTapper] })
    expect(late).toThrow(expect.objectContaining({ code: 'TAP_LATE', plugin: 'late' }))
    expect(() => compose({ topology: empty, plugins: [], facts: { pageSize: 5000 } })).toThrow(
      expect.objectContaining({ code: 'PAGE_SIZE' }),
    )
  })

  test('events may be watched after composition', () => {
    const system = compose({ topology: empty, plugins: [] })
    expect(() => system.hooks.event.tap('watcher', () => undefined)).not.toThrow()
  })
})
