/** What a plugin in plain JavaScript may give, and who is told of it. */
import { expect, test } from 'vitest'
import { physAddr } from '../src/address.ts'
import { type Bdf, parseBdf } from '../src/bdf.ts'
import { compose } from '../src/compose.ts'
import { directDma } from '../src/dma-direct.ts'
import { demandOps } from '../src/driver-contract.ts'
import { createHooks, type SystemHooks } from '../src/hooks.ts'
import type { IommuUnit, Platform } from '../src/platform.ts'
import { checkedIommu, demandAddress, demandIovaRun, demandMapType, platformOp } from '../src/tap-contract.ts'
import { Topology } from '../src/topology.ts'

const cpu = { arch: 'x86_64', vendor: 'AuthenticAMD', family: 23 } as const
const empty = new Topology({ functions: [], hostBridges: [], cpu, memory: [], unknown: [] })
const pass = { translate: (_: unknown, at: number) => ({ kind: 'pass', address: physAddr(at), length: 4096 }) }
const base = { dma: directDma(empty), iommu: pass } as Platform

/** A system whose one plugin taps as told, with a run opened. */
const opened = (tap: (hooks: SystemHooks) => void) => () =>
  compose({ topology: empty, plugins: [{ name: 'mine', apply: ({ hooks }) => tap(hooks) }] }).openRun([], () => base)

const bdf = parseBdf('0000:01:00.0') as Bdf
const no = (given: unknown) => given as never

test.each([
  [
    'a topology that is a copy',
    (h: SystemHooks) => h.topology.tap('mine', (t) => no({ ...t })),
    'hook topology, tapped by mine: it gives an object, and has to give a Topology',
  ],
  [
    'facts of its own',
    (h: SystemHooks) => h.facts.tap('mine', () => no({ pageSize: 4096 })),
    'hook facts, tapped by mine: it gives facts without cpu',
  ],
  [
    'a platform without hardware',
    (h: SystemHooks) => h.platform.tap('mine', ({ dma }) => no({ dma })),
    'hook platform, tapped by mine: it gives a platform without iommu.translate()',
  ],
  [
    'part of a DMA API',
    (h: SystemHooks) => h.platform.tap('mine', (p) => no({ ...p, dma: { backend: p.dma.backend } })),
    'hook platform, tapped by mine: it gives a platform without dma.mapPhys()',
  ],
])('%s: the hook and the plugin are named', (_, tap, message) => {
  expect(opened(tap)).toThrow(expect.objectContaining({ code: 'TAP_BROKEN', message }))
})

test.each([
  ['topology', 'a Topology', 'return topology, or topology.with({ … })'],
  ['facts', 'facts', 'return facts, or { ...facts, … }'],
  ['platform', 'a platform', 'return platform, or { ...platform, … }'],
] as const)('a tap of %s that gives nothing: the hook, the plugin and what to do are named', (hook, what, hint) => {
  const message = `hook ${hook}, tapped by mine: it gives nothing, and has to give ${what}`
  const tap = (hooks: SystemHooks) => {
    hooks[hook].tap(
      'other',
      no((given: unknown) => given),
    )
    hooks[hook].tap('mine', () => no(undefined))
  }
  expect(opened(tap)).toThrow(expect.objectContaining({ code: 'TAP_BROKEN', message, hint, plugin: 'mine' }))
})

test('answers of a platform, each at the call', () => {
  const hooks = createHooks()
  hooks.platform.tap('mine', (platform) => platform)
  hooks.mapType.tap('quirk', () => 'bus-addr')
  expect(() => platformOp(hooks, 'mapPhys', no(Promise.resolve()))).toThrow('it has a mapPhys that gives a promise')
  expect(() => demandAddress(hooks, 'mapPhys', no(undefined))).toThrow(
    'tapped by mine: it has a mapPhys that gives undefined',
  )
  expect(() => demandIovaRun(hooks, no(null))).toThrow('tapped by mine: it has a tryAllocIova that gives null')
  const half = { start: 0x1000, size: 0x1000, link: () => undefined }
  expect(() => demandIovaRun(hooks, no(half))).toThrow('a tryAllocIova that gives a range without sync()')
  expect(demandIovaRun(hooks, undefined)).toBe(undefined)
  expect(() => demandMapType(hooks, no('yes'))).toThrow('hook mapType, tapped by quirk: it gives "yes"')
  const translate = (given: unknown) => () =>
    checkedIommu(hooks, { translate: () => no(given) }).translate(bdf, 0x1000, 'read', true)
  expect(translate(undefined)).toThrow('an iommu.translate that gives undefined for 0x1000')
  expect(translate({ kind: 'pass', address: 0x1000 })).toThrow('gives {"kind":"pass","address":4096} for 0x1000')
  expect(translate({ kind: 'fault', why: 'nothing there' })()).toEqual({ kind: 'fault', why: 'nothing there' })
})

test('hardware that nobody taps is not looked at', () => {
  const unit = pass as IommuUnit
  expect(checkedIommu(createHooks(), unit)).toBe(unit)
})

test('a buffer without an operation that it needs: its exporter is named', () => {
  const none = () => undefined
  expect(() => demandOps({ map: none, unmap: none }, 'card')).toThrow(
    'driver card: a DmaBuf of it has no ops.release()',
  )
})
