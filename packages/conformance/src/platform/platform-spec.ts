/** What an author says of a platform trait, so that the suite can build a machine with it. */
import type { FactsChange, Plugin } from '@barter/core'
import type { Breaks } from '../describe-chapters.ts'

export interface PlatformSpec {
  /** Make the plugin; called for each system that the suite composes. */
  readonly plugin: () => Plugin
  /** What the tests call it; the plugin's name unless given. */
  readonly name?: string
  /** Plugins that it needs beside it; they come before it. */
  readonly plugins?: () => readonly Plugin[]
  readonly facts?: FactsChange
  readonly breaks?: Breaks
  /** Schedules that the interleavings explore at most of each story; 120 unless given. */
  readonly schedules?: number
  /** How long a run may take before it is broken off: a driver that lets nobody else run. **Units** seconds; 10 unless given. */
  readonly patience?: number
}
