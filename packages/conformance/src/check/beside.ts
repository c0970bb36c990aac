/** What the kit does in a system beside the plugin that it judges. */
import type { Plugin } from '@barter/core'
import type { StageOptions } from './stage.ts'

export function beside({ fault, opened }: StageOptions): Plugin {
  const name = 'kit'
  return {
    name,
    apply: ({ hooks }) => {
      if (fault !== undefined) hooks.fault.tap(name, fault)
      if (opened === undefined) return
      hooks.platform.tap(name, (platform, run) => {
        opened(run)
        return platform
      })
    },
  }
}
