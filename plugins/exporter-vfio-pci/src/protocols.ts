/** The lists of one generation, by name. */
import type { Facts, TableBuilders } from '@barter/core'
import type { AttachCheck } from './attach-checks.ts'
import type { LendCheck, MakeClaims } from './bar-claims.ts'
import type { Listing, MapCall, Release } from './buffer-calls.ts'
import type { RangeCheck } from './export-ranges.ts'
import { GENERATIONS } from './generations.ts'
import type { HotResetLocks } from './hot-reset-locks.ts'
import type { MapCounting } from './map-counting.ts'
import type { MemoryEnabled } from './memory-enabled.ts'
import type { CloseOrder } from './open-device.ts'
import type { PinOps } from './pinning.ts'
import type { Steps } from './protocol.ts'
import type { KeepAlive } from './revoke.ts'
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
  /** How a walk over the list keeps a buffer alive (REV-1). */
  readonly keepAlive: KeepAlive
  /** Of a new buffer (VFIO-16). */
  readonly list: Steps<Listing>
  /** Of a listed buffer for which no descriptor is free (VFIO-16). */
  readonly takeBack: Steps<VfioBuffer>
  /** VFIO-26. */
  readonly map: Steps<MapCall>
  readonly unmap: Steps<MapCall>
  /** Of a buffer that still has its device (REV-9). */
  readonly release: Steps<Release>
  /** SGT-2. */
  readonly tables: TableBuilders
  /** VFIO-9b. */
  readonly rangeChecks: readonly RangeCheck[]
  /** VFIO-20. */
  readonly memoryEnabled: MemoryEnabled
  /** VFIO-41. */
  readonly hotResetLocks: HotResetLocks
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
