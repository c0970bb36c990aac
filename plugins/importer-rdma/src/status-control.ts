/** The word that all drivers of this plugin know. */
import type { Controls } from '@barter/core'

export const statusControl: Controls = {
  status: {
    summary: 'the region as the driver sees it: key, mapping, page size, queue pair',
    args: { type: 'object', additionalProperties: false },
  },
}
