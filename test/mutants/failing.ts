/** Makes the system fail at a named place, through the hook that is there for it. */
import type { Errno, Plugin } from '@barter/core'

/**
 * **Shape** `place` as `sgt:alloc`; `times`: how often in a run, always unless given; `errno`: what the kernel gives there
 * unless given.
 */
export const failing = (
  place: string,
  { times = Infinity, errno }: { times?: number; errno?: Errno } = {},
): Plugin => ({
  name: `failing ${place}`,
  apply: ({ hooks }) => {
    let left = times
    hooks.platform.tap('failing', (platform) => {
      left = times
      return platform
    })
    hooks.fault.tap('failing', (at) => (at.point === place && left-- > 0 ? (errno ?? at.usual) : undefined))
  },
})
