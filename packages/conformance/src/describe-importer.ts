/** The suite of an importer. */
import { describeChapters } from './describe-chapters.ts'
import { importerChapters } from './importer/importer-chapters.ts'
import type { ImporterSpec } from './importer/importer-spec.ts'

/**
 * Tests that an importer keeps what importers promise. Call it in a test file of vitest; what the importer declares picks
 * the chapters.
 *
 * ```ts
 * describeImporter({ plugin: () => fpga(), driver: 'fpga' })
 * ```
 */
export function describeImporter(spec: ImporterSpec): void {
  const { driver, name = driver, breaks = {} } = spec
  describeChapters({ title: `importer ${name}`, chapters: importerChapters(spec), breaks })
}
