/** What a person may say about a machine without struct pages for MMIO. */

export interface NoPgmapOptions {
  /** Linux's word for the architecture, as in `uname -m`. What the topology tells unless given. */
  readonly arch?: string
}
