/** What kind of importer an import plays. */
import { type JsonSchema, KernelError, type StepValue } from '@barter/core'

export interface ProbeOptions {
  /** Declares `allow_peer2peer`. */
  readonly peer2peer: boolean
  /** What it does when told to let go. */
  readonly invalidate: Invalidate
  /** No importer operations at all: a static attachment (DMB-8). */
  readonly isStatic: boolean
  /** Try to map again right after the unmap, in the same place. */
  readonly remap: boolean
  /** Set the device's DMA mask first; it stays set. */
  readonly dmaMaskBits: number | undefined
}

export type Invalidate =
  /** Unmap inside the callback. */
  | { readonly kind: 'inline' }
  /** Unmap from a worker, `ticks` later. */
  | { readonly kind: 'worker'; readonly ticks: number }
  /** As inline, and each map adds a fence (usage bookkeep) that signals `ticks` after the map. */
  | { readonly kind: 'fence'; readonly ticks: number }
  /** Never unmaps by itself. */
  | { readonly kind: 'manual' }
  /** No callback. */
  | { readonly kind: 'none' }

/** JSON Schema of the options of `import`. */
export const probeOptions: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    peer2peer: { type: 'boolean', default: true, description: 'declare allow_peer2peer' },
    invalidate: {
      type: 'string',
      pattern: '^(inline|manual|none|(worker|fence):[0-9]{1,7})$',
      default: 'inline',
      description: 'inline, worker:MS, fence:MS, manual or none',
    },
    static: { type: 'boolean', default: false, description: 'attach without importer operations' },
    remap: { type: 'boolean', default: false, description: 'try to map again right after the unmap' },
    dmaMaskBits: { type: 'integer', minimum: 12, maximum: 64, description: 'set the DMA mask of the device first' },
  },
}

/** **Errors** EINVAL for a word that the schema does not allow. */
export function readProbeOptions(given: Readonly<Record<string, StepValue>>): ProbeOptions {
  return {
    peer2peer: given.peer2peer !== false,
    invalidate: readInvalidate(given.invalidate ?? 'inline'),
    isStatic: given.static === true,
    remap: given.remap === true,
    dmaMaskBits: typeof given.dmaMaskBits === 'number' ? given.dmaMaskBits : undefined,
  }
}

const TICKS_PER_MS = 1000

function readInvalidate(given: StepValue): Invalidate {
  const word = typeof given === 'string' ? given : ''
  const [, kind, ms] = /^(inline|manual|none|worker|fence)(?::(\d{1,7}))?$/.exec(word) ?? []
  if ((kind === 'worker' || kind === 'fence') && ms !== undefined) return { kind, ticks: Number(ms) * TICKS_PER_MS }
  if ((kind === 'inline' || kind === 'manual' || kind === 'none') && ms === undefined) return { kind }
  throw new KernelError('EINVAL', 'IMP-1', `invalidate is inline, worker:MS, fence:MS, manual or none, not ${word}`)
}
