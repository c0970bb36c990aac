/** The chapters that fit an importer, by what it declares. */
import type { Chapter } from '../check/check.ts'
import { invalidate } from './chapters/invalidate.ts'
import { lifecycle } from './chapters/lifecycle.ts'
import { revoke } from './chapters/revoke.ts'
import type { ImporterSpec } from './importer-spec.ts'
import { ImporterStage } from './importer-stage.ts'

/** **Errors** those of composing a system with the plugin. */
export function importerChapters(spec: ImporterSpec): readonly Chapter[] {
  const stage = new ImporterStage(spec)
  return [lifecycle, invalidate, revoke].map((chapter) => chapter(stage))
}
