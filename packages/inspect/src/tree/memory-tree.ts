/** A tree held in memory: what was kept of an archive. */
import type { EntryKind, FileTree } from './file-tree.ts'
import { baseName, joinPath, parentPath } from './tree-path.ts'

type Entry =
  | { readonly kind: 'directory'; readonly names: Set<string> }
  | { readonly kind: 'file'; readonly bytes: Uint8Array }
  | { readonly kind: 'link'; readonly target: string }

export class MemoryTree implements FileTree {
  readonly name: string
  readonly #entries = new Map<string, Entry>([['', { kind: 'directory', names: new Set() }]])

  constructor(name: string) {
    this.name = name
  }

  /** Entries held, the folders on the way to them included. */
  get size(): number {
    return this.#entries.size
  }

  kind(path: string): EntryKind | undefined {
    return this.#entries.get(path)?.kind
  }

  list(path: string): readonly string[] {
    const entry = this.#entries.get(path)
    return entry?.kind === 'directory' ? [...entry.names].sort() : []
  }

  read(path: string, limit: number): Uint8Array | undefined {
    const entry = this.#entries.get(path)
    return entry?.kind === 'file' ? entry.bytes.subarray(0, limit) : undefined
  }

  link(path: string): string | undefined {
    const entry = this.#entries.get(path)
    return entry?.kind === 'link' ? entry.target : undefined
  }

  /** A later entry of the same name takes the place of the earlier, as when an archive is unpacked. */
  addFile(path: string, bytes: Uint8Array): void {
    this.#add(path, { kind: 'file', bytes })
  }

  addLink(path: string, target: string): void {
    this.#add(path, { kind: 'link', target })
  }

  addDirectory(path: string): void {
    if (this.#entries.get(path)?.kind !== 'directory') this.#add(path, { kind: 'directory', names: new Set() })
  }

  #add(path: string, entry: Entry): void {
    if (path === '') return
    const above = parentPath(path)
    this.addDirectory(above)
    const folder = this.#entries.get(above)
    if (folder?.kind === 'directory') folder.names.add(baseName(path))
    if (this.#entries.get(path)?.kind === 'directory') this.#drop(path)
    this.#entries.set(path, entry)
  }

  /** A folder that a file or link replaces takes what is in it along. */
  #drop(path: string): void {
    const left = [path]
    for (let at = left.pop(); at !== undefined; at = left.pop()) {
      const folder = at
      left.push(...this.list(folder).map((name) => joinPath(folder, name)))
      this.#entries.delete(folder)
    }
  }
}
