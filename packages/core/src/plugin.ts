/** How a part joins a system. */
import type { SystemHooks } from './hooks.ts'
import type { Scope } from './scope.ts'

export interface PluginHost {
  readonly hooks: SystemHooks
  readonly scope: Scope
}

export interface Plugin {
  /** The package's name without scope; errors and traces say it. */
  readonly name: string
  /** Taps and returns: opens nothing, starts nothing, reads no file. */
  apply(host: PluginHost): void
}
