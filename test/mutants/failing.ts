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
    const failed = new WeakMap<object, number>()
    hooks.fault.tap('failing', ({ point, device, run = device, usual }) => {
      const before = failed.get(run) ?? 0
      if (point !== place || before >= times) return undefined
      failed.set(run, before + 1)
      return errno ?? usual
    })
  },
})
