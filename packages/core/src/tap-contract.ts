/**
 * What taps of `topology`, `facts`, `platform` and `mapType` give, looked at where it comes in: what is wrong with it would
 * else be found by code of ours that stumbles over it, and nobody could tell whose mistake it is.
 */
import type { FullTap } from 'tapable'
import { ADDRESS_LIMIT, type DmaAddr, hex } from './address.ts'
import { described } from './driver-contract.ts'
import { UsageError } from './errors.ts'
import type { Facts } from './facts.ts'
import type { SystemHooks } from './hooks.ts'
import type { Op } from './op.ts'
import type { MapType } from './p2p.ts'
import type { IommuUnit, IovaRun, Platform, Translation } from './platform.ts'
import { Topology } from './topology.ts'

type Shaping = 'topology' | 'facts' | 'platform' | 'mapType'

const MAP_TYPES: readonly MapType[] = ['not-supported', 'bus-addr', 'thru-host-bridge']
const RUN_CALLS = ['link', 'sync', 'destroy'] as const
const DMA_CALLS = ['backend', 'mapPhys', 'unmapPhys', 'tryAllocIova'] as const

/** What each hook hands from tap to tap, and how a tap hands on what it was given. */
const HANDED_ON = {
  topology: ['a Topology', 'return topology, or topology.with({ … })'],
  facts: ['facts', 'return facts, or { ...facts, … }'],
  platform: ['a platform', 'return platform, or { ...platform, … }'],
} as const

interface Tapped {
  intercept(interceptor: { readonly register: (tap: FullTap) => FullTap }): void
}

/**
 * Each tap that comes to `topology`, `facts` or `platform` has to return something: tapable goes on without one that does not,
 * and its author would look for the reason elsewhere.
 *
 * **Errors** when such a hook is called, `UsageError` `TAP_BROKEN`, as all of this file.
 */
export function demandReturns(hooks: SystemHooks): void {
  for (const [hook, [what, how]] of Object.entries(HANDED_ON)) {
    const tapped: Tapped = hooks[hook as keyof typeof HANDED_ON]
    tapped.intercept({
      register: (tap) => ({
        ...tap,
        fn: (...args: unknown[]) => {
          const given: unknown = (tap.fn as (...args: unknown[]) => unknown)(...args)
          if (given !== undefined) return given
          const message = `hook ${hook}, tapped by ${tap.name}: it gives nothing, and has to give ${what}`
          throw new UsageError('TAP_BROKEN', message, { hint: how, plugin: tap.name })
        },
      }),
    })
  }
}

export function demandTopology(hooks: SystemHooks, given: Topology): Topology {
  if (given instanceof Topology) return given
  const hint = 'make it of the one that the tap is given: topology.with({ … }), or buildTopology'
  throw tapBroken(hooks, 'topology', `gives ${described(given)}, and has to give a Topology`, hint)
}

/** **Shape** `before`: what the taps were given; all that it says has to be said after them. */
export function demandFacts(hooks: SystemHooks, before: Facts, given: Facts): Facts {
  const lack = Object.keys(before).find((key) => given[key as keyof Facts] === undefined)
  if (lack === undefined) return given
  throw tapBroken(
    hooks,
    'facts',
    `gives facts without ${lack}`,
    'hand on what the tap does not change: { ...facts, … }',
  )
}

export function demandPlatform(hooks: SystemHooks, given: Platform): Platform {
  const { dma, iommu } = given as Partial<Platform>
  const call = DMA_CALLS.find((name) => typeof dma?.[name] !== 'function')
  const lack =
    call === undefined ? (typeof iommu?.translate === 'function' ? undefined : 'iommu.translate()') : `dma.${call}()`
  if (lack === undefined) return given
  const hint =
    'hand on what the tap does not change: { ...platform, … }; calls of a class are no fields that can be spread'
  throw tapBroken(hooks, 'platform', `gives a platform without ${lack}`, hint)
}

export function demandMapType(hooks: SystemHooks, given: MapType): MapType {
  if (MAP_TYPES.includes(given)) return given
  const hint = `it gives ${MAP_TYPES.join(', ')}, or undefined where it does not know`
  throw tapBroken(hooks, 'mapType', `gives ${described(given)}, and has to give a map type`, hint)
}

/** What a call of the DMA API gave, if it can be run. */
export function platformOp<T>(hooks: SystemHooks, call: string, given: Op<T>): Op<T> {
  if (typeof (given as Partial<Op<T>> | null | undefined)?.next === 'function') return given
  const hint = 'write it as function*, and wait with yield*; nothing in a run is async'
  throw tapBroken(hooks, 'platform', `has a ${call} that gives ${described(given)}, and has to give an operation`, hint)
}

export function demandAddress(hooks: SystemHooks, call: string, given: DmaAddr): DmaAddr {
  if (isAddress(given)) return given
  const what = `has a ${call} that gives ${described(given)}, and has to give an address`
  throw tapBroken(hooks, 'platform', what, 'an address is a whole number below 2^52: iova(0x10000)')
}

/** One range to be filled, or `undefined`: there is none to be had, and each piece is mapped by itself. */
export function demandIovaRun(hooks: SystemHooks, given: IovaRun | undefined): IovaRun | undefined {
  if (given === undefined) return given
  const run = given as Partial<IovaRun> | null
  const lack = RUN_CALLS.find((name) => typeof run?.[name] !== 'function')
  if (lack === undefined && isAddress(given.start)) return given
  const what = run === null ? 'null' : `a range without ${lack === undefined ? 'start' : `${lack}()`}`
  const hint = 'a range is { start, size, link(), sync(), destroy() }; undefined has each piece mapped by mapPhys'
  throw tapBroken(hooks, 'platform', `has a tryAllocIova that gives ${what}`, hint)
}

/** Hardware that somebody else made, each answer looked at; that of a machine which nobody taps is as it is. */
export function checkedIommu(hooks: SystemHooks, unit: IommuUnit): IommuUnit {
  if (!hooks.platform.isUsed()) return unit
  return {
    translate: (requester, address, access, sent) => {
      const given = unit.translate(requester, address, access, sent) as Translation | undefined
      if (given?.kind === 'fault' && typeof given.why === 'string') return given
      if ((given?.kind === 'pass' || given?.kind === 'mapped') && isAddress(given.address) && given.length > 0)
        return given
      const hint = 'a translation is { kind: pass or mapped, address, length } or { kind: fault, why }'
      const what = `has an iommu.translate that gives ${translationText(given)} for ${hex(address)}`
      throw tapBroken(hooks, 'platform', what, hint)
    },
  }
}

const translationText = (given: Translation | undefined): string =>
  typeof given === 'object' ? JSON.stringify(given) : described(given)

const isAddress = (given: number): boolean => Number.isInteger(given) && given >= 0 && given < ADDRESS_LIMIT

/** **Shape** `what` goes on after the name of the hook. */
export function tapBroken(hooks: SystemHooks, hook: Shaping, what: string, hint: string): UsageError {
  const names = [...new Set(hooks[hook].taps.map(({ name }) => name))].join(' or ')
  return new UsageError('TAP_BROKEN', `hook ${hook}, tapped by ${names || 'nobody'}: it ${what}`, { hint })
}
