/** The suite of an exporter. */
import { describeChapters } from './describe-chapters.ts'
import { exporterChapters } from './exporter/exporter-chapters.ts'
import type { ExporterSpec } from './exporter/exporter-spec.ts'

/**
 * Tests that an exporter keeps what exporters promise, with importers of the kit that let go at once, late, with fences, or
 * not at all. Call it in a test file of vitest.
 *
 * ```ts
 * describeExporter({
 *   plugin: () => lender(),
 *   driver: 'lender',
 *   takes: [{ name: 'revoke', words: [{ verb: 'revoke' }], back: [{ verb: 'restore' }] }],
 * })
 * ```
 */
export function describeExporter(spec: ExporterSpec): void {
  const { driver, name = driver, breaks = {} } = spec
  describeChapters({ title: `exporter ${name}`, chapters: exporterChapters(spec), breaks })
}
