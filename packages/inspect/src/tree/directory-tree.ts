/** A tree that is a folder on disk: a copied /sys, or the live one. */
import { closeSync, constants, fstatSync, lstatSync, openSync, readdirSync, readlinkSync, readSync } from 'node:fs'
import { join } from 'node:path'
import type { EntryKind, FileTree } from './file-tree.ts'
import { parentPath } from './tree-path.ts'

/** More names than this in one folder are not read. The largest folders of sysfs have some thousands. */
const MOST_NAMES = 100_000

export class DirectoryTree implements FileTree {
  readonly name: string
  readonly #root: string
  /** Folders known to be folders with no link on the way; the others. */
  readonly #folders = new Map<string, boolean>([['', true]])

  constructor(root: string, name = root) {
    this.#root = root
    this.name = name
  }

  kind(path: string): EntryKind | undefined {
    if (path === '') return 'directory'
    if (!this.#isFolder(parentPath(path))) return undefined
    const stat = attempt(() => lstatSync(this.#onDisk(path)))
    if (stat === undefined) return undefined
    if (stat.isSymbolicLink()) return 'link'
    if (stat.isDirectory()) return 'directory'
    return stat.isFile() ? 'file' : undefined
  }

  list(path: string): readonly string[] {
    if (!this.#isFolder(path)) return []
    return (attempt(() => readdirSync(this.#onDisk(path))) ?? []).sort().slice(0, MOST_NAMES)
  }

  read(path: string, limit: number): Uint8Array | undefined {
    if (this.kind(path) !== 'file') return undefined
    return attempt(() => readStart(this.#onDisk(path), limit))
  }

  link(path: string): string | undefined {
    if (this.kind(path) !== 'link') return undefined
    return attempt(() => readlinkSync(this.#onDisk(path)))
  }

  #isFolder(path: string): boolean {
    const known = this.#folders.get(path)
    if (known !== undefined) return known
    const folder = this.kind(path) === 'directory'
    this.#folders.set(path, folder)
    return folder
  }

  #onDisk(path: string): string {
    return join(this.#root, path)
  }
}

/** What may not be read is as good as not there. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}

/** Files of sysfs and procfs claim lengths that are not theirs, so read until nothing more comes. */
function readStart(path: string, limit: number): Uint8Array | undefined {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants
  // Flags are single bits, so their sum is their union. Windows lacks the latter two.
  const file = openSync(path, O_RDONLY + (O_NOFOLLOW ?? 0) + (O_NONBLOCK ?? 0))
  try {
    if (!fstatSync(file).isFile()) return undefined
    const bytes = new Uint8Array(limit)
    let length = 0
    while (length < bytes.length) {
      const more = readSync(file, bytes, length, bytes.length - length, null)
      if (more === 0) break
      length += more
    }
    return bytes.slice(0, length)
  } finally {
    closeSync(file)
  }
}
