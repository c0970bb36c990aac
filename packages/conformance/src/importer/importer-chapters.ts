/** The chapters that fit an importer, by what it declares. */
import type { Chapter } from '../check/check.ts'
import { determinismOf } from '../check/determinism.ts'
import { errorsOf, wholeStory } from '../check/errors.ts'
import { interleavingsOf } from '../check/interleavings.ts'
import { lockingOf } from '../check/locking.ts'
import { invalidate } from './chapters/invalidate.ts'
import { lifecycle } from './chapters/lifecycle.ts'
import { refusal } from './chapters/refusal.ts'
import { remap } from './chapters/remap.ts'
import { revoke } from './chapters/revoke.ts'
import { sgShapes } from './chapters/sg-shapes.ts'
import type { ImporterSpec } from './importer-spec.ts'
import { ImporterStage } from './importer-stage.ts'
import { errorStory, interleaved, raceStory } from './race-story.ts'

/** **Errors** those of composing a system with the plugin. */
export function importerChapters(spec: ImporterSpec): readonly Chapter[] {
  const stage = new ImporterStage(spec)
  return [
    lifecycle(stage),
    lockingOf(stage, raceStory(stage)),
    invalidate(stage),
    revoke(stage),
    remap(stage),
    refusal(stage),
    sgShapes(stage),
    errorsOf(stage, errorStory(stage)),
    determinismOf(stage, raceStory(stage), wholeStory(errorStory(stage))),
    interleavingsOf(stage, { schedules: spec.schedules }, interleaved(stage)),
  ]
}
