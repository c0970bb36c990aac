/** How much an archive may ask for. Far beyond any real capture, and small enough that a hostile one stays cheap. */
import { GiB, KiB, MiB } from '@barter/core'

export interface ArchiveLimits {
  /** Bytes of the file itself. */
  readonly packed: number
  /** Bytes after unpacking. sysfs files are packed with the 4 KiB that they claim, so a large machine needs some hundred MiB. */
  readonly unpacked: number
  /** The same for bzip2, which is unpacked in one go, in memory, and ten times slower than gzip. */
  readonly packedBzip2: number
  readonly unpackedBzip2: number
  /** Unpacked bytes that are fine whatever the ratio; beyond them, unpacked may be at most `ratio` times packed. */
  readonly anyRatio: number
  /** A packed sysfs tree, mostly padding, has about 100. */
  readonly ratio: number
  /** Entries of any kind, kept or not. */
  readonly entries: number
  /** Bytes of a name, and folders in it. */
  readonly nameLength: number
  readonly nameDepth: number
  /** What is kept: bytes of files and names, and entries with the folders above them. */
  readonly keptBytes: number
  readonly keptEntries: number
}

export const ARCHIVE_LIMITS: ArchiveLimits = {
  packed: 256 * MiB,
  unpacked: GiB,
  packedBzip2: 16 * MiB,
  unpackedBzip2: 128 * MiB,
  anyRatio: 16 * MiB,
  ratio: 400,
  entries: 1_000_000,
  nameLength: 4 * KiB,
  nameDepth: 64,
  keptBytes: 64 * MiB,
  keptEntries: 500_000,
}
