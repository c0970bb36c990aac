/** What a person may say about a platform's manners when nobody answers. */

export const PLATFORM_MANNERS = ['good', 'poor'] as const
/** `good`: errors stay with whoever made them. `poor`: some of them take the machine down. */
export type PlatformManner = (typeof PLATFORM_MANNERS)[number]

export const FATAL_REQUESTS = ['cpu-read', 'cpu-write', 'peer-read', 'peer-write'] as const
export type FatalRequest = (typeof FATAL_REQUESTS)[number]

export const UNCARRIED_WAYS = ['refused', 'dropped', 'corrupted', 'hang'] as const
/** What a root complex does with requests between devices that it does not carry. */
export type UncarriedWay = (typeof UNCARRIED_WAYS)[number]

export interface HazardOptions {
  /** `good` unless given. */
  readonly platform?: PlatformManner
  /**
   * Which requests take a poor platform down when nobody answers them. Reads unless given: a write is posted, and its
   * sender never hears what became of it.
   */
  readonly fatal?: readonly FatalRequest[]
  /** **Units** ticks (microseconds) after which a requester gives up, 50 to 50 000. 50 000 unless given. */
  readonly completionTimeout?: number
  /** `refused` unless given: whoever sent it is told at once. The other ways are those of HAZ-8. */
  readonly uncarried?: UncarriedWay
  /**
   * Ports, by function, that contain a fatal error: they take their link down until the kernel has dealt with it (DPC). None
   * unless given. Which errors are fatal, and which are masked, the AER registers of the functions say.
   */
  readonly containment?: readonly string[]
}
