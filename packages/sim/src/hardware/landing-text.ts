/** Where a packet ended, in a few words for a timeline. */
import { type Bdf, hex, type Landing } from '@barter/core'

/** **Shape** `nvme BAR 0 + 0x1000`, `RAM at 0x8000`, `unsupported request at 0000:00:01.0`. */
export function landingText(landing: Landing, nameOf: (bdf: Bdf) => string): string {
  switch (landing.kind) {
    case 'bar':
      return `${nameOf(landing.device)} BAR ${landing.bar} + ${hex(landing.offset)}`
    case 'silent':
      return `${nameOf(landing.device)} BAR ${landing.bar} + ${hex(landing.offset)}, silent`
    case 'memory':
      return `RAM at ${hex(landing.address)}`
    case 'unsupported-request':
      return `unsupported request at ${landing.at}`
    case 'acs-violation':
      return `ACS violation at ${landing.at}`
    case 'iommu-fault':
      return 'IOMMU fault'
    case 'not-sent':
      return 'not sent'
  }
}

/** The bytes were delivered (write) or came back (read). */
export const hasArrived = (landing: Landing): boolean => landing.kind === 'bar' || landing.kind === 'memory'
