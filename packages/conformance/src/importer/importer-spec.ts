/** What an author says of an importer, so that the suite can play with it. */
import type { EndpointSpec, FactsChange, Plugin, StepValue } from '@barter/core'
import type { Breaks } from '../describe-chapters.ts'
import type { Word } from '../step.ts'

/** An import of a part of the buffer: `options` say which, in the driver's words. **Units** bytes. */
export interface WindowSpec {
  readonly options: Readonly<Record<string, StepValue>>
  readonly offset: number
  readonly length: number
}

export interface ImporterSpec {
  /** Make the plugin; called for each system that the suite composes. */
  readonly plugin: () => Plugin
  readonly driver: string
  /** What the tests call it; the driver unless given. */
  readonly name?: string
  /** Options of `import`. */
  readonly options?: Readonly<Record<string, StepValue>>
  /** Words that make an import usable again, for a driver whose `access` does not map by itself. Said before each access. */
  readonly prepare?: readonly Word[]
  /** What the device is like, where it matters to the driver: its class, its BARs, its DMA mask. */
  readonly device?: Partial<EndpointSpec>
  /** Plugins that the driver needs beside it. */
  readonly plugins?: () => readonly Plugin[]
  readonly facts?: FactsChange
  /** How long it may keep a mapping after it was told. **Units** ticks; one second unless given. */
  readonly unmapWithin?: number
  /** Imports of parts of a buffer of 16 KiB, if the driver has such: the edges of its tables are trimmed (RDMA-2). */
  readonly windows?: readonly WindowSpec[]
  /** What the driver is known to break, each with the reason: the suite then demands that it does. */
  readonly breaks?: Breaks
  /** Schedules that the interleavings explore at most of each story; 120 unless given. */
  readonly schedules?: number
  /** How long a run may take before it is broken off: a driver that lets nobody else run. **Units** seconds; 10 unless given. */
  readonly patience?: number
}
