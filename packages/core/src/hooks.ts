/**
 * The hooks of a system: they compose, decide rarely, and observe. They never carry a transaction and never yield.
 * docs/hooks.md has a card for each.
 */
import { AsyncSeriesHook, HookMap, SyncBailHook, SyncHook, SyncWaterfallHook } from 'tapable'
import type { Device } from './device.ts'
import type { Errno } from './errno.ts'
import type { Exporter } from './exporter.ts'
import type { Facts } from './facts.ts'
import type { FaultPoint } from './fault.ts'
import type { Importer } from './importer.ts'
import type { Machine } from './machine.ts'
import type { MapType } from './p2p.ts'
import type { P2pProvider } from './p2p-provider.ts'
import type { Platform } from './platform.ts'
import type { Scope } from './scope.ts'
import type { System } from './system.ts'
import type { Topology } from './topology.ts'
import type { TraceEvent } from './trace.ts'

export function createHooks() {
  return Object.freeze({
    /** Shape the machine's hardware. At composition, first. */
    topology: new SyncWaterfallHook<[Topology]>(['topology']),
    /** Say which kernel and platform are modelled. At composition, second. */
    facts: new SyncWaterfallHook<[Facts, Topology]>(['facts', 'topology']),
    /** The system is made; taps are refused from now on, `event` excepted. */
    composed: new SyncHook<[System]>(['system']),
    /** Wrap the platform of a run; each tap gets the one before. */
    platform: new SyncWaterfallHook<[Platform, Scope]>(['platform', 'scope']),
    /** Give the exporter of a driver name, at the start of a run. */
    exporter: new HookMap(() => new SyncBailHook<[Scope], Exporter | undefined>(['scope'])),
    /** Give the importer of a driver name, at the start of a run. */
    importer: new HookMap(() => new SyncBailHook<[Scope], Importer | undefined>(['scope'])),
    /** Give the machine of a name. */
    machine: new HookMap(() => new SyncBailHook<[System], Machine | undefined>(['system'])),
    /** Answer the P2PDMA core's question on a miss of its cache; core answers last. */
    mapType: new SyncBailHook<[P2pProvider, Device], MapType | undefined>(['provider', 'client']),
    /** Make a call fail at a named place. */
    fault: new SyncBailHook<[FaultPoint], Errno | undefined>(['point']),
    /** See what happens. */
    event: new SyncHook<[TraceEvent]>(['event']),
    /** The system is closed. */
    shutdown: new AsyncSeriesHook<[]>([]),
  })
}

export type SystemHooks = ReturnType<typeof createHooks>
