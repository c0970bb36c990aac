/** A platform whose IOVA runs have some of their methods changed. */
import type { DmaApi, IovaRun, Plugin } from '@barter/core'

/** **Shape** `change` gets the run as the platform made it. */
export const withRuns = (change: (run: IovaRun) => Partial<IovaRun>, name: string): Plugin => ({
  name,
  apply: ({ hooks }) => {
    hooks.platform.tap(name, (platform) => ({ ...platform, dma: changed(platform.dma, change) }))
  },
})

const changed = (dma: DmaApi, change: (run: IovaRun) => Partial<IovaRun>): DmaApi => ({
  backend: (device) => dma.backend(device),
  mapPhys: (device, range, direction) => dma.mapPhys(device, range, direction),
  unmapPhys: (device, at, length, direction) => dma.unmapPhys(device, at, length, direction),
  tryAllocIova: (device, size) => {
    const run = dma.tryAllocIova(device, size)
    return run === undefined ? undefined : { ...methodsOf(run), ...change(run) }
  },
})

const methodsOf = (run: IovaRun): IovaRun => ({
  start: run.start,
  size: run.size,
  link: (offset, range, direction) => run.link(offset, range, direction),
  sync: () => run.sync(),
  destroy: (linked) => run.destroy(linked),
})
