/**
 * What the NIC itself knows of a memory region: a key, and the translation table behind it.
 *
 * Hardware: it looks up its table for each piece that it moves, and can say when the last piece is through that it
 * began with an older look.
 */
import { ContractError, type Device, type Fence, type Kernel, type Op, waitFor } from '@barter/core'
import type { MappedPages } from './umem-dmabuf.ts'

export interface TranslationTable extends MappedPages {
  /** Bytes a page. */
  readonly pageSize: number
}

export class MemoryKey {
  readonly value: number
  /** As whom the packets go that it lets through. */
  readonly by: string
  readonly #kernel: Kernel
  readonly #name: string
  #table: TranslationTable | null = null
  #valid = true
  /** Pieces that were looked up and have not landed yet. */
  #inFlight = 0
  #idle: Fence | undefined

  constructor(kernel: Kernel, value: number, name: string) {
    this.#kernel = kernel
    this.value = value
    this.by = `key 0x${value.toString(16)}`
    this.#name = name
  }

  /** `null`: the next piece takes a page fault. */
  get table(): TranslationTable | null {
    return this.#table
  }

  /** False: the key names nothing any more, and who uses it gets an access error (RDMA-6). */
  get valid(): boolean {
    return this.#valid
  }

  program(table: TranslationTable): void {
    this.#table = table
  }

  /** No piece that begins from now on finds a translation. Those in flight go on: see `settled`. */
  zap(): void {
    this.#table = null
  }

  revoke(): void {
    this.#table = null
    this.#valid = false
  }

  /** A piece was looked up; from here to `landed` it uses what it found. */
  began(): void {
    this.#inFlight++
  }

  landed(): void {
    this.#inFlight--
    if (this.#inFlight > 0) return
    this.#idle?.signal()
    this.#idle = undefined
  }

  /** Wait until all pieces that began before are through. A piece needs no lock, so this ends by itself (INV-9). */
  *settled(): Op<void> {
    if (this.#inFlight === 0) return
    this.#idle ??= this.#kernel.fence(`requests in flight of ${this.#name}`)
    yield* waitFor(this.#idle, 'requests in flight')
  }
}

/** The keys of one NIC. */
export class KeySpace {
  readonly #kernel: Kernel
  /** By index; `undefined` where the key is free. */
  readonly #keys: (MemoryKey | undefined)[] = []

  constructor(kernel: Kernel) {
    this.#kernel = kernel
  }

  /** The lowest key that is free, so that one given back too early would soon belong to another region (INV-25). */
  allocate(owner: string): MemoryKey {
    const free = this.#keys.indexOf(undefined)
    const index = free < 0 ? this.#keys.length : free
    // The low byte is a variant that user space may choose; it is 0 here.
    const value = (index + 1) * 0x100
    const key = new MemoryKey(this.#kernel, value, `${owner} key 0x${value.toString(16)}`)
    this.#keys[index] = key
    return key
  }

  /** **Errors** `ContractError` INV-25: the key was given back before, and may belong to another region by now. */
  free(key: MemoryKey): void {
    const index = key.value / 0x100 - 1
    if (this.#keys[index] !== key) throw new ContractError('INV-25', `key 0x${key.value.toString(16)} is freed twice`)
    this.#keys[index] = undefined
  }

  /** The NIC was reset: no key names anything any more. */
  *revokeAll(): Op<void> {
    for (const key of [...this.#keys]) {
      key?.revoke()
      if (key !== undefined) yield* key.settled()
    }
  }
}

/** Each NIC hands out keys of its own. */
export function keySpaces(kernel: Kernel): (device: Device) => KeySpace {
  const made = new Map<Device, KeySpace>()
  return (device) => {
    const keys = made.get(device) ?? new KeySpace(kernel)
    made.set(device, keys)
    return keys
  }
}
