/** Options of the plugin. */
import type { ProtocolSteps } from '@barter/core'
import type { DmabufPages } from './dmabuf-pages.ts'

export interface IommufdOptions {
  /** What the callback of a lent buffer does, for experiments with another order; `PAGES_REVOKE` unless given. */
  readonly revoke?: ProtocolSteps<DmabufPages>
  /** What its pages do when the last area is gone; `PAGES_RELEASE` unless given. */
  readonly release?: ProtocolSteps<DmabufPages>
}
