/** A tree that remembers what was looked at, so that exactly this can be packed. */
import { wantedBytes } from '../archive/wanted.ts'
import type { EntryKind, FileTree } from '../tree/file-tree.ts'
import { joinPath } from '../tree/tree-path.ts'

export type RecordedEntry =
  | { readonly kind: 'file'; readonly bytes: Uint8Array }
  | { readonly kind: 'directory' }
  | { readonly kind: 'link'; readonly target: string }

/** Each thing is read once: what is told a second time is what is packed, even when the machine has changed. */
export class RecordingTree implements FileTree {
  readonly name: string
  /** By path. */
  readonly entries = new Map<string, RecordedEntry>()
  /** Files that are there and could not be read. */
  readonly unreadable = new Set<string>()
  readonly #tree: FileTree
  readonly #reads = new Map<string, Uint8Array | undefined>()
  readonly #lists = new Map<string, readonly string[]>()
  readonly #kinds = new Map<string, EntryKind | undefined>()

  constructor(tree: FileTree) {
    this.name = tree.name
    this.#tree = tree
  }

  kind(path: string): EntryKind | undefined {
    if (this.#kinds.has(path)) return this.#kinds.get(path)
    const kind = this.#tree.kind(path)
    this.#kinds.set(path, kind)
    return kind
  }

  list(path: string): readonly string[] {
    const known = this.#lists.get(path)
    if (known !== undefined) return known
    const names = this.#tree.list(path)
    this.#lists.set(path, names)
    if (this.kind(path) === 'directory' && wantedBytes(path) !== undefined) {
      this.entries.set(path, { kind: 'directory' })
    }
    // Names alone may be what was asked for, as those of the devices in an IOMMU group.
    for (const name of names) {
      const child = joinPath(path, name)
      if (wantedBytes(child) === undefined) continue
      const kind = this.kind(child)
      if (kind === 'link') this.link(child)
      else if (kind === 'directory' && !this.entries.has(child)) this.entries.set(child, { kind })
    }
    return names
  }

  read(path: string, limit: number): Uint8Array | undefined {
    const known = this.#reads.get(path)
    if (known !== undefined && known.length >= limit) return known.subarray(0, limit)
    if (known !== undefined && this.#isWhole.has(path)) return known
    const bytes = this.#tree.read(path, limit)
    this.#reads.set(path, bytes)
    if (bytes !== undefined) {
      if (bytes.length < limit) this.#isWhole.add(path)
      this.entries.set(path, { kind: 'file', bytes })
    } else if (this.kind(path) === 'file') this.unreadable.add(path)
    return bytes
  }

  link(path: string): string | undefined {
    const target = this.#tree.link(path)
    if (target !== undefined) this.entries.set(path, { kind: 'link', target })
    return target
  }

  /** Files of which no more is there than was read. */
  readonly #isWhole = new Set<string>()
}
