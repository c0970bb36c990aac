/** Resets of NICs that a driver asks for because a command failed (RDMA-7). They come later, from a worker. */
import { type Device, type Kernel, ofEachDevice, type Op, type Shared, sleep, type Trace } from '@barter/core'
import type { KeySpace } from './memory-key.ts'

/** From the request until the NIC has forgotten its keys. **Units** ticks. A model's number: 10 ms. */
const RESET_TICKS = 10_000

export class NicResets {
  readonly #kernel: Kernel
  readonly #trace: Trace
  readonly #keysOf: (device: Device) => KeySpace
  readonly #asked = new Set<Device>()
  /** For explorers: of each NIC, whether one is asked for. */
  readonly #sharedOf: (device: Device) => Shared

  constructor(kernel: Kernel, trace: Trace, keysOf: (device: Device) => KeySpace) {
    this.#kernel = kernel
    this.#trace = trace
    this.#keysOf = keysOf
    this.#sharedOf = ofEachDevice(kernel, 'reset', (device) => kernel.shared('whether a NIC is to be reset', device))
  }

  /** One at a time. The caller does not wait: it may hold what the reset needs. */
  request(device: Device): void {
    const shared = this.#sharedOf(device)
    shared.readValue(this.#asked.has(device) ? 1 : 0)
    if (this.#asked.has(device)) return
    this.#asked.add(device)
    shared.writeValue(1)
    this.#kernel.spawn(`reset of ${device.name}`, () => this.#reset(device))
  }

  *#reset(device: Device): Op<void> {
    yield* sleep(RESET_TICKS)
    yield* this.#keysOf(device).revokeAll()
    this.#asked.delete(device)
    this.#sharedOf(device).writeValue(0)
    if (this.#trace.on)
      this.#trace.emit({ kind: 'note', text: `${device.name}: reset, all keys are gone`, rule: 'RDMA-7' })
  }
}
