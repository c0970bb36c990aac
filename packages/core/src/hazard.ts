/**
 * What becomes of a request that nobody answers: a fact of the platform. The hardware routes by itself and asks only
 * afterwards, so nothing here can bend a route.
 */
import type { Bdf } from './bdf.ts'
import type { AerError } from './capability/aer.ts'
import type { Access, Landing } from './platform.ts'

/** A request, or the piece of one that went the same way, that did not arrive. */
export interface UnansweredRequest {
  readonly from: Bdf | 'cpu'
  readonly access: Access
  readonly at: number
  /** Bytes. */
  readonly length: number
  readonly landing: Extract<Landing, { readonly kind: 'silent' | 'unsupported-request' | 'acs-violation' }>
  /** As a clause, why it ended there. */
  readonly why: string
}

export interface HazardAnswer {
  /**
   * `machine-check`: the machine goes down, now (HAZ-1). `dropped`: reads give all ones, writes are lost. `corrupted`: the
   * sender hears of no error, and what it got is nobody's (HAZ-8).
   */
  readonly kind: 'dropped' | 'corrupted' | 'machine-check'
  /** **Units** ticks until the sender knows and goes on; a posted write does not wait. */
  readonly ticks: number
  /** Which functions write down what they saw, those without the capability left out by the hardware. */
  readonly errors: readonly { readonly at: Bdf; readonly error: AerError }[]
  /** A port that takes its link down, so that nothing below it is reached until the kernel has let go of it (HAZ-3). */
  readonly contains?: Bdf
}

/** What a root complex does with a request from one device to another that it does not carry (HAZ-8). */
export const UNCARRIED = 'the root complex does not carry requests from one device to another'

/** **Source** HAZ-1 to HAZ-3, HAZ-8 */
export interface HazardPolicy {
  /** Asked once for each piece of a transfer that did not arrive. Does not sleep. */
  onUnanswered(request: UnansweredRequest): HazardAnswer
}

/** True if a policy is to be asked about a landing: what arrived, an IOMMU's fault and what was never sent are no hazard. */
export function isUnanswered(landing: Landing): landing is UnansweredRequest['landing'] {
  return landing.kind === 'silent' || landing.kind === 'unsupported-request' || landing.kind === 'acs-violation'
}
