/**
 * The lists of each kernel (section 7 of behaviour.md). One column is one entry; what is the same has one name. Which
 * classes of importers a kernel admits follows from its checks and its pin (GEN-18).
 */
import { type Generation, TABLE_BUILDERS } from '@barter/core'
import { ATTACH_CHECKS, notRevoked, peer2peer } from './attach-checks.ts'
import { claimAtOpen, claimOnDemand, lendAny, lendOwned } from './bar-claims.ts'
import { CLEANUP_G1, CLEANUP_G2R, REVOKE_G1, REVOKE_G2R, UNREVOKE_G1, UNREVOKE_G2R } from './earlier-revokes.ts'
import { LIST, MAP, RELEASE, TAKE_BACK, UNMAP } from './buffer-calls.ts'
import { RANGE_CHECKS } from './export-ranges.ts'
import { TRY_EACH } from './hot-reset-locks.ts'
import { awakeAndDecoding } from './memory-enabled.ts'
import { COUNTED, COUNTED_WHILE_LIVE, UNCOUNTED } from './map-counting.ts'
import { BUFFERS_FIRST, BUFFERS_LAST } from './open-device.ts'
import { PIN_REFUSED, PIN_SUCCEEDS } from './pinning.ts'
import type { Protocols } from './protocols.ts'
import { CLEANUP, keepIfActive, REVOKE, UNREVOKE } from './revoke.ts'
import type { Triggers } from './trigger.ts'
import { CLOSE_AT_ONCE, CLOSE_AFTER_REVOKE } from './triggers.ts'

/** What a generation says; the other triggers are the same in all. */
export type GenerationLists = Omit<Protocols, 'triggers'> & { readonly triggers: Pick<Triggers, 'close'> }

/** Linux 7.3.4. */
const G2: GenerationLists = {
  attachChecks: ATTACH_CHECKS,
  pinOps: PIN_SUCCEEDS,
  revoke: REVOKE,
  unrevoke: UNREVOKE,
  cleanup: CLEANUP,
  keepAlive: keepIfActive,
  list: LIST,
  takeBack: TAKE_BACK,
  map: MAP,
  unmap: UNMAP,
  release: RELEASE,
  tables: TABLE_BUILDERS,
  rangeChecks: RANGE_CHECKS,
  memoryEnabled: awakeAndDecoding,
  hotResetLocks: TRY_EACH,
  counting: COUNTED,
  claims: claimAtOpen,
  lendCheck: lendOwned,
  closeOrder: BUFFERS_FIRST,
  triggers: { close: CLOSE_AFTER_REVOKE },
}

/** 7.1 as merged: the last close counts down once more what a revoke has counted down before, and waits for ever (BUG-1). */
const G2r: GenerationLists = {
  ...G2,
  revoke: REVOKE_G2R,
  unrevoke: UNREVOKE_G2R,
  cleanup: CLEANUP_G2R,
  counting: COUNTED_WHILE_LIVE,
  claims: claimOnDemand,
  triggers: { close: CLOSE_AT_ONCE },
}

/** 6.19 as merged: importers are told, and nobody waits for them (BUG-2, BUG-4, BUG-5, BUG-7). */
const G1: GenerationLists = {
  ...G2r,
  attachChecks: [peer2peer, notRevoked],
  revoke: REVOKE_G1,
  unrevoke: UNREVOKE_G1,
  cleanup: CLEANUP_G1,
  counting: UNCOUNTED,
  lendCheck: lendAny,
  closeOrder: BUFFERS_LAST,
}

export const GENERATIONS: Readonly<Record<Generation, GenerationLists>> = {
  G1,
  G1p: { ...G1, pinOps: PIN_REFUSED },
  G2r,
  G2,
}
