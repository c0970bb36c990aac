/** What happened in a run, as plain data. Reports, pages and parity tests all read this one union. */
import type { Errno } from './errno.ts'
import type { LockMode } from './kernel.ts'
import type { MapType } from './p2p.ts'
import type { Violation } from './violation.ts'

/** Facts that a machine adds to every event. */
export interface Stamp {
  /** Order of events in this run, from 0. */
  readonly seq: number
  /** Virtual time in ticks (microseconds). */
  readonly tick: number
  /** Thread in which it happened: an actor's name, or a kernel thread's. */
  readonly task: string
}

export type TraceFact =
  /** An actor begins a step of its scenario. */
  | { readonly kind: 'step'; readonly index: number; readonly text: string }
  /** The step returned. `detail` is a short sentence; `rule` decided it. */
  | {
      readonly kind: 'outcome'
      readonly index: number
      readonly ok: boolean
      readonly errno?: Errno
      readonly detail: string
      readonly rule?: string
    }
  /** A thread waits: for a lock held by `holder`, a fence, or time. */
  | {
      readonly kind: 'blocked'
      readonly on: string
      readonly mode?: LockMode
      readonly holder?: string
      readonly why: string
    }
  /** A blocked thread goes on, after `ticks`. */
  | { readonly kind: 'unblocked'; readonly on: string; readonly ticks: number }
  /** A named step of a protocol list: `revoke` / `setFlag`. */
  | {
      readonly kind: 'protocol'
      readonly protocol: string
      readonly name: string
      readonly subject: string
      readonly rule: string
    }
  | {
      readonly kind: 'export'
      readonly buffer: string
      readonly device: string
      readonly bar: number
      readonly length: number
      readonly state: 'live' | 'revoked'
    }
  | {
      readonly kind: 'attach'
      readonly buffer: string
      readonly device: string
      readonly errno?: Errno
      readonly rule?: string
    }
  | { readonly kind: 'detach'; readonly buffer: string; readonly device: string }
  | {
      readonly kind: 'map'
      readonly buffer: string
      readonly device: string
      readonly mapping?: number
      readonly mapType?: MapType
      readonly addressKind?: 'bus' | 'phys' | 'iova'
      readonly address?: number
      readonly count?: number
      readonly length?: number
      readonly errno?: Errno
      readonly rule: string
      /** Why this map type: the deciding port and rule. */
      readonly why: string
    }
  | { readonly kind: 'unmap'; readonly buffer: string; readonly device: string; readonly mapping: number }
  /** An importer's callback runs. */
  | { readonly kind: 'invalidate'; readonly buffer: string; readonly device: string; readonly mapped: boolean }
  | {
      readonly kind: 'state'
      readonly buffer: string
      readonly state: 'live' | 'revoked' | 'dead' | 'released'
      readonly rule: string
    }
  /** A transaction met the hardware; `landing` is where it ended, `route` the ports it passed. */
  | {
      readonly kind: 'dma'
      readonly device: string
      readonly access: 'read' | 'write'
      readonly address: number
      readonly length: number
      readonly arrived: boolean
      readonly landing: string
      readonly route: readonly string[]
    }
  /** A function goes dark (reset, D3hot, decode off) or answers again. */
  | { readonly kind: 'dark' | 'light'; readonly device: string; readonly why: string }
  | {
      readonly kind: 'config-write'
      readonly device: string
      readonly offset: number
      readonly width: number
      readonly value: number
    }
  | {
      readonly kind: 'iommu'
      readonly action: 'map' | 'unmap' | 'flush' | 'fault'
      readonly device: string
      readonly address?: number
      readonly length?: number
      readonly why?: string
    }
  /** A line that the modelled kernel would log (P2P-31 …). */
  | {
      readonly kind: 'log'
      readonly message: string
      readonly rule: string
      /** Which message it is, for those who do not read sentences: `acs-redirect`, `no-common-bridge`, … */
      readonly code?: string
      /** Whom it names. */
      readonly about?: Readonly<Record<string, string | readonly string[]>>
    }
  | { readonly kind: 'violation'; readonly violation: Violation }
  /** Anything a plugin wants to be seen. */
  | { readonly kind: 'note'; readonly text: string; readonly rule?: string }

export type TraceEvent = Stamp & TraceFact
export type TraceKind = TraceFact['kind']

export interface Trace {
  /** False while exploring: then nobody looks, and callers that would build costly facts may skip it. */
  readonly on: boolean
  emit(fact: TraceFact): void
}
