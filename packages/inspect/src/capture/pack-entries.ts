/** Entries to a packed archive: the same entries give the same bytes, with no time, owner or machine in them. */
import { gzipSync } from 'node:zlib'
import { pack } from 'tar-stream'
import type { RecordedEntry } from './recording-tree.ts'

/** Of the gzip header: which system packed it. */
const GZIP_OS = 9
const OS_UNKNOWN = 255

/** **Shape** a tar archive, packed with gzip. */
export async function packEntries(entries: ReadonlyMap<string, RecordedEntry>): Promise<Uint8Array> {
  const archive = pack()
  const common = { mtime: new Date(0), uid: 0, gid: 0, uname: '', gname: '' }
  for (const [name, entry] of entries) {
    if (entry.kind === 'directory') archive.entry({ ...common, name, type: 'directory', mode: 0o755 })
    else if (entry.kind === 'link') {
      archive.entry({ ...common, name, type: 'symlink', linkname: entry.target, mode: 0o777 })
    } else archive.entry({ ...common, name, type: 'file', mode: 0o644 }, Buffer.from(entry.bytes))
  }
  archive.finalize()
  const pieces: Uint8Array[] = []
  for await (const piece of archive as AsyncIterable<Uint8Array>) pieces.push(piece)
  const bytes = gzipSync(Buffer.concat(pieces), { level: 9 })
  bytes[GZIP_OS] = OS_UNKNOWN
  return bytes
}
