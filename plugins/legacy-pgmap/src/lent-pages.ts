/** P2P pages in a buffer: kept alive by references, never taken back (PGM-11, PGM-12). */
import { DmaBuf, type DmaBufServices, atOnce, type SgtServices } from '@barter/core'
import { mapPages, unmapPages } from './map-pages.ts'
import type { P2pPages } from './page-map.ts'

/**
 * A buffer that holds the pages until its last reference is gone. Any importer may attach: there is nothing it could be
 * told, so nobody asks whether it would listen.
 */
export function lendPages(services: DmaBufServices & SgtServices, pages: P2pPages, name: string): DmaBuf {
  return new DmaBuf(services, {
    name,
    exporter: 'p2pmem',
    size: pages.range.length,
    ops: {
      map: (attachment, direction) => mapPages(services, attachment, pages, direction),
      unmap: (attachment, table, direction) => unmapPages(services, attachment, table, direction),
      release: () => atOnce(() => pages.map.put(pages)),
    },
  })
}
