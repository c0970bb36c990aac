/** A platform: `sample`, an IOMMU. What passes the host bridge goes by addresses that it gives, and by its translations. */
import { type DmaApi, iova, type Iova, KERNEL, type Op, type PhysRange, type Plugin, point } from '@barter/core'
import { FIRST, TranslationUnit } from './translation-unit.ts'

const NAME = 'barter-platform-sample'

/** The plugin. It taps and returns: each run asks for a platform of its own. */
export default function samplePlatform(): Plugin {
  return {
    name: NAME,
    apply: ({ hooks }) => {
      hooks.platform.tap(NAME, (platform, run) => {
        const unit = new TranslationUnit(run.get(KERNEL))
        // What it does not change it hands on.
        return { ...platform, dma: dmaApi(unit), iommu: unit }
      })
    },
  }
}

/** The software: it writes the table of the unit, and tells it what to forget. */
function dmaApi(unit: TranslationUnit): DmaApi {
  return {
    backend: () => 'legacy',
    *mapPhys(_device, range) {
      yield* point('write the table of sample')
      const at = gapFor(unit, range)
      unit.write(at, range)
      return at
    },
    // First the table, then what the unit remembers: the other way round it might remember the page once more.
    *unmapPhys(_device, at, length): Op<void> {
      const from = iova(at)
      yield* point('clear the table of sample')
      unit.clear(from)
      yield* point('flush sample')
      unit.flush(from, length)
    },
    tryAllocIova: () => undefined,
  }
}

/** The first address from which on there is nothing for as long as the range is. */
function gapFor(unit: TranslationUnit, { length }: PhysRange): Iova {
  let at: number = FIRST
  for (const [start, range] of unit.mapped) {
    if (at + length <= start) break
    at = start + range.length
  }
  return iova(at)
}
