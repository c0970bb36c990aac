/** The suite of a platform trait. */
import { describeChapters } from './describe-chapters.ts'
import { platformChapters } from './platform/platform-chapters.ts'
import type { PlatformSpec } from './platform/platform-spec.ts'

/**
 * Tests that a platform trait keeps what lending relies on: addresses that reach what they are for, that are given back, and
 * that are withdrawn. Call it in a test file of vitest.
 *
 * ```ts
 * describePlatform({ plugin: () => iommu({ mode: 'translated' }) })
 * ```
 */
export function describePlatform(spec: PlatformSpec): void {
  const { name = spec.plugin().name, breaks = {} } = spec
  describeChapters({ title: `platform ${name}`, chapters: platformChapters(spec), breaks })
}
