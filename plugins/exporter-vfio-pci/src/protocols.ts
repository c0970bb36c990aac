/** The lists of one generation, by name. */
import type { Facts } from '@barter/core'
import { ATTACH_CHECKS, type AttachCheck } from './attach-checks.ts'
import { generationNotModelled } from './errors.ts'
import type { Steps } from './protocol.ts'
import { CLEANUP, REVOKE, UNREVOKE } from './revoke.ts'
import type { Triggers } from './trigger.ts'
import { triggersOf } from './triggers.ts'
import type { VfioBuffer } from './vfio-buffer.ts'

export interface Protocols {
  /** The first that refuses wins (VFIO-25). */
  readonly attachChecks: readonly AttachCheck[]
  /** Of one buffer (REV-2). */
  readonly revoke: Steps<VfioBuffer>
  /** Of one buffer (REV-5). */
  readonly unrevoke: Steps<VfioBuffer>
  /** Of one buffer, revoked before (REV-8). */
  readonly cleanup: Steps<VfioBuffer>
  /** Of one device. */
  readonly triggers: Triggers
}

export type ProtocolsChange = Partial<Omit<Protocols, 'triggers'>> & { readonly triggers?: Partial<Triggers> }

/** **Errors** `UsageError` `GENERATION_NOT_MODELLED`. **Not modelled** generations before G2. */
export function protocolsOf(facts: Facts, change: ProtocolsChange = {}): Protocols {
  if (facts.generation !== 'G2') throw generationNotModelled(facts.generation)
  const { triggers, ...lists } = change
  return {
    attachChecks: ATTACH_CHECKS,
    revoke: REVOKE,
    unrevoke: UNREVOKE,
    cleanup: CLEANUP,
    ...lists,
    triggers: { ...triggersOf(facts.switches), ...triggers },
  }
}
