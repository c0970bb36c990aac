/** The lists of one generation, by name. */
import type { Facts } from '@barter/core'
import type { AttachCheck } from './attach-checks.ts'
import type { LendCheck, MakeClaims } from './bar-claims.ts'
import { GENERATIONS } from './generations.ts'
import type { MapCounting } from './map-counting.ts'
import type { CloseOrder } from './open-device.ts'
import type { PinOps } from './pinning.ts'
import type { Steps } from './protocol.ts'
import type { Triggers } from './trigger.ts'
import { triggersOf } from './triggers.ts'
import type { VfioBuffer } from './vfio-buffer.ts'

export interface Protocols {
  /** The first that refuses wins (VFIO-25). */
  readonly attachChecks: readonly AttachCheck[]
  /** GEN-4. */
  readonly pinOps: PinOps
  /** Of one buffer (REV-2). */
  readonly revoke: Steps<VfioBuffer>
  /** Of one buffer (REV-5). */
  readonly unrevoke: Steps<VfioBuffer>
  /** Of one buffer at the last close (REV-8). */
  readonly cleanup: Steps<VfioBuffer>
  /** GEN-11. */
  readonly counting: MapCounting
  /** When BARs are claimed (GEN-15). */
  readonly claims: MakeClaims
  /** Which of them may be lent (GEN-15). */
  readonly lendCheck: LendCheck
  /** Of the last close (GEN-14). */
  readonly closeOrder: CloseOrder
  /** Of one device. */
  readonly triggers: Triggers
}

export type ProtocolsChange = Partial<Omit<Protocols, 'triggers'>> & { readonly triggers?: Partial<Triggers> }

export function protocolsOf(facts: Facts, change: ProtocolsChange = {}): Protocols {
  const lists = { ...GENERATIONS[facts.generation], ...change }
  const { triggers } = GENERATIONS[facts.generation]
  return { ...lists, triggers: { ...triggersOf(facts.switches), ...triggers, ...change.triggers } }
}
