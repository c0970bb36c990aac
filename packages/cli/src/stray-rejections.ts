/** What becomes of promises of plugins that fail and that nobody waits for: nothing in a run is async, and yet somebody may try. */
import type { UsageError } from '@barter/core'
import { blamePlugin } from './plugins/blame-plugin.ts'

export class StrayRejections {
  #first: UsageError | undefined

  /** From now on one does not end the process, unless it is ours. */
  constructor(process: NodeJS.Process) {
    process.on('unhandledRejection', (reason) => {
      const blamed = blamePlugin(reason)
      if (blamed === undefined) throw reason
      this.#first ??= blamed
    })
  }

  /** What the first one was. Those of work that is over have come when this returns. */
  async first(): Promise<UsageError | undefined> {
    await new Promise((resolve) => {
      setImmediate(resolve)
    })
    return this.#first
  }
}
