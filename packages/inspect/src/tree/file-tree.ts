/** A tree of files to read and nothing else: a folder on disk, or an archive in memory. */
import { joinPath, parentPath, stepFrom } from './tree-path.ts'

export type EntryKind = 'file' | 'directory' | 'link'

/**
 * Every path has to be free of links on the way: `follow` makes such a path. So nobody leaves the tree by a link.
 * What is not there, or may not be read, is `undefined` or an empty list, never an error: a capture lacks things.
 */
export interface FileTree {
  /** What people call it, for messages. */
  readonly name: string
  kind(path: string): EntryKind | undefined
  /** Names in a folder, sorted. */
  list(path: string): readonly string[]
  /** The first `limit` bytes of a file. */
  read(path: string, limit: number): Uint8Array | undefined
  /** The text of a link. */
  link(path: string): string | undefined
}

/** As many links as Linux follows before it says that they loop. */
const MOST_LINKS = 40

/** The same place by a path without links; `undefined` when it is not there, outside the tree, or the links loop. */
export function follow(tree: FileTree, path: string): string | undefined {
  let rest = path.split('/')
  let at = ''
  for (let links = 0; rest.length > 0;) {
    const next = joinPath(at, rest[0] ?? '')
    const kind = tree.kind(next)
    if (kind === undefined) return undefined
    if (kind !== 'link') {
      at = next
      rest = rest.slice(1)
      continue
    }
    const target = stepFrom(parentPath(next), tree.link(next) ?? '/')
    if (target === undefined || ++links > MOST_LINKS) return undefined
    rest = [...target.split('/'), ...rest.slice(1)].filter((part) => part !== '')
    at = ''
  }
  return at
}

const decoder = new TextDecoder('utf-8')

/**
 * A short text file without the white space around it. **Units** `limit` in bytes.
 *
 * sysfs claims 4096 bytes for every file, and tar fills up what does not come with zeros: the text ends there.
 */
export function readText(tree: FileTree, path: string, limit = 4096): string | undefined {
  const bytes = tree.read(path, limit)
  if (bytes === undefined) return undefined
  const end = bytes.indexOf(0)
  return decoder.decode(end < 0 ? bytes : bytes.subarray(0, end)).trim()
}
