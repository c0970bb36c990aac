/** What of dma-buf core differs between kernels (section 7 of behaviour.md). What an exporter does is the exporter's. */
import type { Generation } from './facts.ts'
import { type SgChunk, UNALIGNED_IN_32_BITS, WHOLE_PAGES } from './sg-chunk.ts'

export interface GenerationRules {
  /** A dynamic attachment has to have the callback, which is called `move_notify` then (GEN-2). */
  readonly callbackMandatory: boolean
  /** How tables are cut (GEN-16). */
  readonly sgChunk: SgChunk
}

export const GENERATION_RULES: Readonly<Record<Generation, GenerationRules>> = {
  G1: { callbackMandatory: true, sgChunk: UNALIGNED_IN_32_BITS },
  G1p: { callbackMandatory: true, sgChunk: WHOLE_PAGES },
  G2r: { callbackMandatory: false, sgChunk: WHOLE_PAGES },
  G2: { callbackMandatory: false, sgChunk: WHOLE_PAGES },
}
