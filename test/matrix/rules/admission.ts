/** Who may import: DMB-8, VFIO-25, GEN-2 to GEN-8, GEN-18, GEN-19, IFD-4, T1-1. */
import type { ExporterKind, Generation, ImporterKind } from '@barter/core'

export const isEarly = (generation: Generation): boolean => generation === 'G1' || generation === 'G1p'

/** An errno of attach or pin; `undefined`: admitted. */
export function refusal(exporter: ExporterKind, importer: ImporterKind, generation: Generation): string | undefined {
  if (importer.takes === 'mapping') return undefined
  const { dynamic, peer2peer, invalidate, pins } = importer.supports
  const early = isEarly(generation)
  const callback = invalidate || (early && importer.dummyCallback === true)
  if (dynamic && early && !callback) return 'EINVAL'
  const asked = exporter.admits === 'by-generation' ? (early ? 'peer2peer' : 'revocable') : exporter.admits
  if (asked !== 'anybody' && !peer2peer) return 'EOPNOTSUPP'
  if (asked === 'revocable' && !callback) return 'EOPNOTSUPP'
  if (pins && dynamic) {
    const pin = exporter.pin === 'by-generation' ? (generation === 'G1p' ? 'refuses' : 'succeeds') : exporter.pin
    if (pin === 'refuses') return 'EOPNOTSUPP'
  }
  return importer.takes === 'ranges' && !exporter.ranges ? 'EOPNOTSUPP' : undefined
}
