/**
 * What the NIC itself knows of a memory region: a key, and the translation table behind it.
 *
 * Hardware: it looks up its table for each piece that it moves, and can say when the last piece is through that it
 * began with an older look.
 */
import {
  ContractError,
  type Device,
  type InFlight,
  type Kernel,
  mixA,
  ofEachDevice,
  type Op,
  requestsOf,
  type Shared,
  SharedState,
  wordOfAddresses,
} from '@barter/core'
import type { MappedPages } from './umem-dmabuf.ts'

export interface TranslationTable extends MappedPages {
  /** Bytes a page. */
  readonly pageSize: number
}

export class MemoryKey {
  readonly value: number
  /** As whom the packets go that it lets through. */
  readonly by: string
  /** What the next piece finds. */
  readonly #found: SharedState<TranslationTable | null>
  /** Pieces that were looked up and have not landed yet. */
  readonly #pieces: InFlight
  /** For explorers: which key it is. */
  readonly #number: Shared
  #programs = 0
  #valid = true

  constructor(kernel: Kernel, value: number, name: string) {
    this.value = value
    this.by = `key 0x${value.toString(16)}`
    this.#found = new SharedState<TranslationTable | null>(kernel, 'memory key', null, (table) => this.#wordOf(table))
    this.#pieces = requestsOf(kernel, name, 'pieces')
    this.#number = kernel.shared('number of a key')
    this.#number.noteValue(value)
  }

  /** For explorers: what comes of it depends on its number, which who gives it back need not know any more. */
  isFreed(): void {
    this.#number.heed()
  }

  /** `null`: the next piece takes a page fault. */
  get table(): TranslationTable | null {
    return this.#found.read()
  }

  /** False: the key names nothing any more, and who uses it gets an access error (RDMA-6). */
  get valid(): boolean {
    this.#found.read()
    return this.#valid
  }

  program(table: TranslationTable): void {
    this.#programs++
    this.#found.write(table)
  }

  /** No piece that begins from now on finds a translation. Those in flight go on: see `settled`. */
  zap(): void {
    this.#found.write(null)
  }

  revoke(): void {
    this.#valid = false
    this.#found.write(null)
  }

  /** A piece was looked up; from here to `landed` it uses what it found. */
  began(): void {
    this.#pieces.begin()
  }

  landed(): void {
    this.#pieces.end()
  }

  /** Wait until all pieces that began before are through. A piece needs no lock, so this ends by itself (INV-9). */
  settled(): Op<void> {
    return this.#pieces.settle()
  }

  /** Which table it has, if any; and whether it names anything. */
  #wordOf(table: TranslationTable | null): number {
    if (!this.#valid) return -1
    return table === null ? 0 : mixA(this.#programs, wordOfAddresses(table.segments))
  }
}

/** The keys of one NIC. */
export class KeySpace {
  readonly #kernel: Kernel
  /** By index; `undefined` where the key is free. */
  readonly #keys: (MemoryKey | undefined)[] = []
  /** For explorers: which of them are free. */
  readonly #shared: Shared

  constructor(kernel: Kernel, nic: Device) {
    this.#kernel = kernel
    this.#shared = kernel.shared('keys of a NIC', nic)
  }

  /** The lowest key that is free, so that one given back too early would soon belong to another region (INV-25). */
  allocate(owner: string): MemoryKey {
    this.#shared.readValue(this.#taken)
    const free = this.#keys.indexOf(undefined)
    const index = free < 0 ? this.#keys.length : free
    // The low byte is a variant that user space may choose; it is 0 here.
    const value = (index + 1) * 0x100
    const key = new MemoryKey(this.#kernel, value, `${owner} key 0x${value.toString(16)}`)
    this.#keys[index] = key
    this.#shared.writeValue(this.#taken)
    return key
  }

  /** **Errors** `ContractError` INV-25: the key was given back before, and may belong to another region by now. */
  free(key: MemoryKey): void {
    const index = key.value / 0x100 - 1
    if (this.#keys[index] !== key) throw new ContractError('INV-25', `key 0x${key.value.toString(16)} is freed twice`)
    this.#keys[index] = undefined
    key.isFreed()
    this.#shared.writeValue(this.#taken)
  }

  /** Which keys are taken, as a number. */
  get #taken(): number {
    return this.#keys.reduce((sum, key, i) => (key === undefined ? sum : mixA(sum, i + 1)), 0)
  }

  /** The NIC was reset: no key names anything any more. */
  *revokeAll(): Op<void> {
    this.#shared.readValue(this.#taken)
    for (const key of [...this.#keys]) {
      key?.revoke()
      if (key !== undefined) yield* key.settled()
    }
  }
}

/** Each NIC hands out keys of its own. */
export const keySpaces = (kernel: Kernel): ((device: Device) => KeySpace) =>
  ofEachDevice(kernel, 'key space', (device) => new KeySpace(kernel, device))
