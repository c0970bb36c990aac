/**
 * Runtime power management: the device sleeps when nobody needs it awake, which user space allows with the low-power
 * features (TRG-11 to TRG-13).
 *
 * **Not modelled** a device asleep while nobody has it open (the module parameter `disable_idle_d3` is on); going to
 * sleep in a worker of its own, it is done by the thread that was the last to need it.
 */
import {
  atOnce,
  D3HOT,
  failPoint,
  KernelError,
  type Lock,
  type Op,
  powerCapability,
  restoreState,
  type SavedState,
  saveState,
  setPowerState,
} from '@barter/core'
import { wakeDevice } from './set-device-power.ts'
import { runTrigger } from './trigger.ts'
import type { VfioDevice } from './vfio-device.ts'

export class RuntimePower {
  readonly #vdev: VfioDevice
  readonly #lock: Lock
  /** Who needs it awake: one for the driver, one for each system call under way. */
  #users = 1
  #state: 'awake' | 'changing' | 'asleep' = 'awake'
  #saved: SavedState | undefined
  #engaged = false
  #wakes = false

  constructor(vdev: VfioDevice) {
    this.#vdev = vdev
    this.#lock = vdev.services.kernel.lock(`power(${vdev.device.name})`)
  }

  /** User space has allowed it to sleep. */
  get engaged(): boolean {
    return this.#engaged
  }

  /** Keep it awake for a system call, waking it first if need be. **Locks** none held. **Errors** EIO (VFIO-2). */
  *get(): Op<void> {
    const { device, services } = this.#vdev
    failPoint(services.hooks, 'vfio:resume', device, 'EIO', 'VFIO-2')
    this.#users++
    yield* this.wake()
  }

  /** Wake it if it sleeps. **Locks** none held. */
  *wake(): Op<void> {
    if (this.#state === 'awake') return
    yield* this.#lock.lock()
    if (this.#state === 'asleep') yield* this.#resume()
    this.#lock.unlock()
  }

  /** The system call is over. **Locks** none held. */
  *put(): Op<void> {
    if (--this.#users > 0) return
    yield* this.#lock.lock()
    // Somebody may have come while this thread waited for the lock.
    if (this.#users === 0 && this.#state === 'awake') yield* this.#suspend()
    this.#lock.unlock()
  }

  /** Allow it to sleep. **Locks** `memory_lock` held for writing. **Errors** EINVAL when it is allowed already. */
  engage(wakes: boolean): void {
    this.#vdev.memoryLock.assertHeldWrite()
    if (this.#engaged) throw new KernelError('EINVAL', 'TRG-11', `${this.#vdev.device.name} is in low power already`)
    this.#engaged = true
    this.#wakes = wakes
    this.#users--
  }

  /** Take that back; nothing if it was not. **Locks** `memory_lock` held for writing. */
  disengage(): void {
    this.#vdev.memoryLock.assertHeldWrite()
    if (!this.#engaged) return
    this.#engaged = false
    this.#wakes = false
    this.#users++
  }

  /** A D3hot that user space asked for is left first: the sleep has its own way there and back. */
  *#suspend(): Op<void> {
    this.#state = 'changing'
    const { device, memoryLock, services } = this.#vdev
    yield* memoryLock.downWrite()
    yield* wakeDevice(this.#vdev)
    memoryLock.upWrite()
    this.#saved = saveState(device)
    if (powerCapability(device) !== null) yield* tolerate(setPowerState(device, D3HOT, services.pci.timing))
    this.#state = 'asleep'
  }

  *#resume(): Op<void> {
    this.#state = 'changing'
    const { device, services } = this.#vdev
    yield* tolerate(setPowerState(device, 0, services.pci.timing))
    if (this.#saved !== undefined) restoreState(device, this.#saved, services.pci.restoreAcs)
    if (this.#wakes) {
      const vdev = this.#vdev
      yield* runTrigger(vdev, 'wake-up', () => atOnce(() => vdev.power.disengage()))
      services.trace.emit({ kind: 'note', text: `${device.name} woke up: low power is over`, rule: 'TRG-13' })
    }
    this.#state = 'awake'
  }
}

function* tolerate(change: Op<void>): Op<void> {
  try {
    yield* change
  } catch (error) {
    if (!(error instanceof KernelError)) throw error
  }
}
