/** What a person may say about the kernel's struct pages. */

export interface PgmapOptions {
  /** An older kernel without a virtual memory map: whole sections only, not subsections of 2 MiB (PGM-2, PGM-3). */
  readonly wholeSections?: boolean
}
