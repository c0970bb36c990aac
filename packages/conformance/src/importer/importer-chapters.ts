/** The chapters that fit an importer, by what it declares. */
import type { Chapter } from '../check/check.ts'
import { determinism } from './chapters/determinism.ts'
import { errors } from './chapters/errors.ts'
import { interleavings } from './chapters/interleavings.ts'
import { invalidate } from './chapters/invalidate.ts'
import { lifecycle } from './chapters/lifecycle.ts'
import { locking } from './chapters/locking.ts'
import { refusal } from './chapters/refusal.ts'
import { remap } from './chapters/remap.ts'
import { revoke } from './chapters/revoke.ts'
import { sgShapes } from './chapters/sg-shapes.ts'
import type { ImporterSpec } from './importer-spec.ts'
import { ImporterStage } from './importer-stage.ts'

/** **Errors** those of composing a system with the plugin. */
export function importerChapters(spec: ImporterSpec): readonly Chapter[] {
  const stage = new ImporterStage(spec)
  const all = [lifecycle, locking, invalidate, revoke, remap, refusal, sgShapes, errors, determinism, interleavings]
  return all.map((chapter) => chapter(stage))
}
