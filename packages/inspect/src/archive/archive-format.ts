/** What a file is, by its first bytes; its name says nothing. */

export type ArchiveFormat = 'tar' | 'gzip' | 'bzip2' | 'xz'

/** Bytes that `archiveFormat` wants to see. */
export const FORMAT_HEAD = 512

/** Where every tar of the last thirty years has the word `ustar`. */
const USTAR_AT = 257

/** Formats that people try and that we do not read. */
const OTHERS: readonly (readonly [head: readonly number[], what: string])[] = [
  [[0x28, 0xb5, 0x2f, 0xfd], 'packed with zstd, which is not read here: unpack it first'],
  [[0x50, 0x4b, 0x03, 0x04], 'a zip archive, which cannot hold the links of sysfs'],
]

/** **Shape** the format, or a clause that says what the file is instead; `refused`: it is no text either. */
export function archiveFormat(
  head: Uint8Array,
): ArchiveFormat | { readonly unknown: string; readonly refused: boolean } {
  if (startsWith(head, [0x1f, 0x8b])) return 'gzip'
  // BZh1 to BZh9
  if (startsWith(head, [0x42, 0x5a, 0x68]) && (head[3] ?? 0) >= 0x31 && (head[3] ?? 0) <= 0x39) return 'bzip2'
  if (startsWith(head, [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00])) return 'xz'
  if (isTarHeader(head)) return 'tar'
  const other = OTHERS.find(([start]) => startsWith(head, start))
  return { unknown: other?.[1] ?? 'neither a tar archive nor a packed one', refused: other !== undefined }
}

function isTarHeader(head: Uint8Array): boolean {
  return startsWith(head.subarray(USTAR_AT), [0x75, 0x73, 0x74, 0x61, 0x72])
}

const startsWith = (bytes: Uint8Array, start: readonly number[]): boolean =>
  start.every((byte, index) => bytes[index] === byte)
