/** A lent buffer as the driver knows it: pieces of one BAR, a flag, a count of mappings, a place on the device's list. */
import {
  type BarPiece,
  ContractError,
  DmaBuf,
  MappingCount,
  type P2pProvider,
  type PhysRange,
  type Shared,
} from '@barter/core'
import { bufferOps } from './buffer-ops.ts'
import type { Registration } from './registration.ts'
import type { VfioServices } from './services.ts'
import type { VfioDevice } from './vfio-device.ts'

export interface VfioBufferSpec {
  readonly name: string
  readonly provider: P2pProvider
  /** In the order of the buffer, inside the BAR, page multiples (VFIO-8, VFIO-9b). */
  readonly pieces: readonly PhysRange[]
  /** The same pieces as places in the BAR. */
  readonly target: readonly BarPiece[]
}

/**
 * Live from its making on, so that it can be attached to and mapped (VFIO-24), unless its device may not lend right then.
 * It holds no file of the device, only a registration: after the last close it is dead (VFIO-19), and an export after the
 * next open makes a buffer that knows nothing of it (REV-10).
 */
export class VfioBuffer {
  readonly name: string
  readonly services: VfioServices
  readonly provider: P2pProvider
  readonly pieces: readonly PhysRange[]
  readonly target: readonly BarPiece[]
  readonly dmabuf: DmaBuf
  readonly mappings: MappingCount
  /** Of the device; given back exactly once (VFIO-18). */
  readonly registration: Registration
  readonly #flag: Shared
  readonly #ownership: Shared
  #revoked = false
  #owner: VfioDevice | null
  readonly #lentFrom: VfioDevice
  #registered = true
  #freed = false

  constructor(owner: VfioDevice, spec: VfioBufferSpec) {
    this.name = spec.name
    this.services = owner.services
    this.provider = spec.provider
    this.pieces = spec.pieces
    this.target = spec.target
    this.registration = owner.registration
    this.#owner = owner
    this.#lentFrom = owner
    this.#flag = this.services.kernel.shared('flag of a buffer')
    this.#ownership = this.services.kernel.shared('owner of a buffer')
    this.mappings = new MappingCount(this.services.kernel, spec.name)
    this.dmabuf = new DmaBuf(this.services, {
      name: spec.name,
      exporter: 'vfio_pci_core',
      size: spec.pieces.reduce((sum, piece) => sum + piece.length, 0),
      ops: bufferOps(this),
      tellsWhatItTouches: true,
    })
  }

  /** No new attachment, no new mapping (VFIO-24b). Read under the reservation, under memory_lock, or, by attach, under nothing. */
  get revoked(): boolean {
    this.#flag.readValue(this.#revoked ? 1 : 0)
    return this.#revoked
  }

  /** The same for checks and reports in the step in which the locks were given back: nobody came in between. */
  get stateUnlocked(): 'live' | 'revoked' {
    this.#flag.heed()
    return this.#revoked ? 'revoked' : 'live'
  }

  /** The device it is a part of; `null` once that was closed for the last time (VFIO-24c). */
  get owner(): VfioDevice | null {
    this.#ownership.readValue(this.#owner === null ? 0 : 1)
    return this.#owner
  }

  /** For reports, of which nobody learns: who maps is told the same as while it is revoked (VFIO-26). */
  get isDead(): boolean {
    return this.#owner === null
  }

  /** **Locks** `memory_lock` for writing and the reservation are held (VFIO-23). */
  setRevoked(revoked: boolean): void {
    if (!revoked && this.#owner === null) throw new ContractError('INV-22', `${this.name} is dead and made live again`)
    this.#owner?.memoryLock.assertHeldWrite()
    this.dmabuf.resv.lock.assertHeld()
    // The judge hears of it before anybody can map again.
    if (!revoked) this.services.witness.restored(this.name)
    this.#revoked = revoked
    this.#flag.writeValue(revoked ? 1 : 0)
    const rule = revoked ? 'REV-2' : 'REV-5'
    this.services.trace.emit({ kind: 'state', buffer: this.name, state: revoked ? 'revoked' : 'live', rule })
  }

  /** Born revoked, or not (VFIO-16). **Locks** as `setRevoked`. */
  setFirstState(revoked: boolean): void {
    this.#owner?.memoryLock.assertHeldWrite()
    this.dmabuf.resv.lock.assertHeld()
    this.#revoked = revoked
    this.#flag.writeValue(revoked ? 1 : 0)
  }

  /** Append it to the device's list, once. **Locks** as `setRevoked`. */
  list(owner: VfioDevice): void {
    owner.memoryLock.assertHeldWrite()
    this.dmabuf.resv.lock.assertHeld()
    if (owner.buffers.all.includes(this)) throw new ContractError('INV-8', `${this.name} is listed twice`)
    owner.buffers.add(this)
  }

  /** **Locks** `memory_lock` for writing is held. */
  unlist(): void {
    const owner = this.#owner
    if (owner === null) return
    owner.memoryLock.assertHeldWrite()
    owner.buffers.remove(this)
  }

  /** **Errors** `ContractError` INV-7 when that has happened before (VFIO-18). */
  giveBackRegistration(): void {
    if (!this.#registered) throw new ContractError('INV-7', `${this.name} gives its registration back twice`)
    this.#registered = false
    this.registration.put()
  }

  /** On the list of the device that it was lent from, though not of any other. */
  get listed(): boolean {
    return this.#lentFrom.buffers.all.includes(this)
  }

  /** Its memory goes: whoever comes by it from here on uses what is free. */
  free(): void {
    if (this.#freed) throw new ContractError('INV-27', `${this.name} is freed twice`)
    this.#freed = true
    // With a device it was unlisted in this same step, under the lock; without one it was when that was closed.
    if (this.#lentFrom.buffers.unlocked.includes(this)) {
      this.services.witness.broken(
        'INV-8',
        'REV-9',
        `${this.name} is freed while ${this.#lentFrom.device.name} lists it`,
      )
    }
  }

  /** **Errors** `ContractError` INV-27 once it is freed. */
  assertNotFreed(): void {
    // Who frees it takes it off the list in the same step, so to explorers it is that which is looked at.
    this.#lentFrom.buffers.look()
    if (this.#freed) throw new ContractError('INV-27', `${this.name} is used after it was freed`)
  }

  /** Dead: revoked for good, nothing but memory (VFIO-24c). **Locks** `memory_lock` for writing is held. */
  forgetDevice(): void {
    this.#owner = null
    this.#ownership.writeValue(0)
    this.services.trace.emit({ kind: 'state', buffer: this.name, state: 'dead', rule: 'VFIO-24c' })
  }
}
