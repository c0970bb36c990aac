/** The chapters of a platform trait: how it is composed, then the kit's own exporter and importer on a machine with it. */
import { borrower } from '../borrower/borrower.ts'
import type { Chapter } from '../check/check.ts'
import { determinismOf } from '../check/determinism.ts'
import { errorsOf, wholeStory } from '../check/errors.ts'
import { interleavingsOf } from '../check/interleavings.ts'
import { lockingOf } from '../check/locking.ts'
import { lifecycle } from '../importer/chapters/lifecycle.ts'
import { remap } from '../importer/chapters/remap.ts'
import { revoke } from '../importer/chapters/revoke.ts'
import { sgShapes } from '../importer/chapters/sg-shapes.ts'
import { ImporterStage } from '../importer/importer-stage.ts'
import { errorStory, interleaved, raceStory } from '../importer/race-story.ts'
import { addresses } from './addresses.ts'
import { composition } from './composition.ts'
import type { PlatformSpec } from './platform-spec.ts'

/** **Errors** those of composing a system with the plugin. */
export function platformChapters(spec: PlatformSpec): readonly Chapter[] {
  const played = {
    plugin: () => borrower(),
    driver: 'borrower',
    plugins: () => [...(spec.plugins?.() ?? []), spec.plugin()],
    ...(spec.facts === undefined ? {} : { facts: spec.facts }),
    ...(spec.patience === undefined ? {} : { patience: spec.patience }),
  }
  // Below one switch nobody asks the DMA API, so all but the first chapters are played on a machine where everybody does.
  const stage = new ImporterStage(played, { apart: true })
  return [
    composition(spec),
    lifecycle(new ImporterStage(played)),
    addresses(stage),
    lockingOf(stage, raceStory(stage)),
    revoke(stage),
    remap(stage),
    sgShapes(stage),
    errorsOf(stage, errorStory(stage, 'far')),
    determinismOf(stage, raceStory(stage), wholeStory(errorStory(stage, 'far'))),
    interleavingsOf(stage, { schedules: spec.schedules, preemptions: 1 }, interleaved(stage)),
  ]
}
