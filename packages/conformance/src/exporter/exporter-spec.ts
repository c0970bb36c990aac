/** What an author says of an exporter, so that the suite can play with it. */
import type { EndpointSpec, FactsChange, Plugin, StepValue } from '@barter/core'
import type { Breaks } from '../describe-chapters.ts'
import type { Word } from '../step.ts'

/** One way in which it takes its buffers back: words on the open device. */
export interface TakingSpec {
  /** In a test's name: `reset`. */
  readonly name: string
  readonly words: readonly Word[]
  /**
   * What lends them again: words; `itself` when they are lent again once the words above have returned; `never` when they
   * are gone for good.
   */
  readonly back: readonly Word[] | 'itself' | 'never'
}

export interface ExporterSpec {
  /** Make the plugin; called for each system that the suite composes. */
  readonly plugin: () => Plugin
  readonly driver: string
  /** What the tests call it; the driver unless given. */
  readonly name?: string
  /** What the lent device is like; an NVMe drive with 64 KiB of BAR 0 and 8 GiB of BAR 2 unless given. */
  readonly device?: Partial<EndpointSpec>
  /** Arguments of `open`. */
  readonly open?: Readonly<Record<string, StepValue>>
  /** Words on the open device before it can lend. */
  readonly prepare?: readonly Word[]
  /** Each way in which it takes back what it lent, `close` aside. */
  readonly takes: readonly TakingSpec[]
  /** False: one range a buffer is all that it lends. */
  readonly ranges?: boolean
  readonly plugins?: () => readonly Plugin[]
  readonly facts?: FactsChange
  readonly breaks?: Breaks
  /** Schedules that the interleavings explore at most of each story; 120 unless given. */
  readonly schedules?: number
  /** How long a run may take before it is broken off: a driver that lets nobody else run. **Units** seconds; 10 unless given. */
  readonly patience?: number
}
