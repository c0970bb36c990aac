/** Whether the driver knows how many mappings of a buffer there are, by kernel (GEN-11). */
import type { VfioBuffer } from './vfio-buffer.ts'

export interface MapCounting {
  mapped(buffer: VfioBuffer): void
  unmapped(buffer: VfioBuffer): void
  /** Is the count right between operations, with so many mappings (INV-6)? */
  agrees(buffer: VfioBuffer, mappings: number): boolean
}

export const COUNTED: MapCounting = {
  mapped: ({ mappings }) => {
    mappings.get()
  },
  unmapped: ({ mappings }) => {
    mappings.put()
  },
  agrees: ({ mappings }, expected) => mappings.agrees(1 + expected),
}

/** The exporter's own count goes with a revoke and comes back with the un-revoke only, if that comes (GEN-10). */
export const COUNTED_WHILE_LIVE: MapCounting = {
  ...COUNTED,
  agrees: (buffer, expected) =>
    COUNTED.agrees(buffer, expected) || (buffer.revoked && expected === 0 && buffer.mappings.agrees(0)),
}

export const UNCOUNTED: MapCounting = { mapped: () => {}, unmapped: () => {}, agrees: () => true }
