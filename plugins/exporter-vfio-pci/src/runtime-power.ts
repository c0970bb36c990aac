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
  hashOfText,
  KernelError,
  type Lock,
  type Op,
  powerCapability,
  restoreState,
  type SavedState,
  saveState,
  setPowerState,
  type Shared,
} from '@barter/core'
import { BasedCount } from './based-count.ts'
import { savedWord } from './saved-word.ts'
import { wakeDevice } from './set-device-power.ts'
import { runTrigger } from './trigger.ts'
import type { VfioDevice } from './vfio-device.ts'

export class RuntimePower {
  readonly #vdev: VfioDevice
  readonly #lock: Lock
  /** Who needs it awake: one for the driver as long as it may not sleep, one for each system call under way. */
  readonly #users: BasedCount
  /** For explorers: the state with the registers that it keeps, and what user space allows. */
  readonly #sharedState: Shared
  readonly #allowed: Shared
  #state: 'awake' | 'changing' | 'asleep' = 'awake'
  #saved: SavedState | undefined
  /** Stands for the two. */
  #word = 0
  #engaged = false
  #wakes = false

  constructor(vdev: VfioDevice) {
    this.#vdev = vdev
    const { kernel } = vdev.services
    this.#lock = kernel.lock(`power(${vdev.device.name})`)
    this.#users = new BasedCount(kernel, 'users of a device')
    this.#sharedState = kernel.shared('sleep of a device')
    this.#allowed = kernel.shared('low power of a device')
  }

  /** User space has allowed it to sleep. */
  get engaged(): boolean {
    this.#allowed.readValue(this.#allowance)
    return this.#engaged
  }

  /** Keep it awake for a system call, waking it first if need be. **Locks** none held. **Errors** EIO (VFIO-2). */
  *get(): Op<void> {
    const { device, services } = this.#vdev
    failPoint(services.hooks, 'vfio:resume', device, 'EIO', 'VFIO-2')
    this.#users.add()
    yield* this.wake()
  }

  /** Wake it if it sleeps. **Locks** none held. */
  *wake(): Op<void> {
    if (this.#now === 'awake') return
    yield* this.#lock.lock()
    if (this.#now === 'asleep') yield* this.#resume()
    this.#lock.unlock()
  }

  /** The system call is over. **Locks** none held. */
  *put(): Op<void> {
    if (!this.#users.take()) return
    yield* this.#lock.lock()
    // Somebody may have come while this thread waited for the lock.
    if (this.#users.isZero && this.#now === 'awake') yield* this.#suspend()
    this.#lock.unlock()
  }

  /** Allow it to sleep. **Locks** `memory_lock` held for writing. **Errors** EINVAL when it is allowed already. */
  engage(wakes: boolean): void {
    this.#vdev.memoryLock.assertHeldWrite()
    if (this.engaged) throw new KernelError('EINVAL', 'TRG-11', `${this.#vdev.device.name} is in low power already`)
    this.#engaged = true
    this.#wakes = wakes
    this.#allowed.writeValue(this.#allowance)
    this.#users.takeBase()
  }

  /** Take that back; nothing if it was not. **Locks** `memory_lock` held for writing. */
  disengage(): void {
    this.#vdev.memoryLock.assertHeldWrite()
    if (!this.engaged) return
    this.#engaged = false
    this.#wakes = false
    this.#allowed.writeValue(this.#allowance)
    this.#users.addBase()
  }

  /** A D3hot that user space asked for is left first: the sleep has its own way there and back. */
  *#suspend(): Op<void> {
    this.#become('changing')
    const { device, memoryLock, services } = this.#vdev
    yield* memoryLock.downWrite()
    yield* wakeDevice(this.#vdev)
    memoryLock.upWrite()
    this.#saved = saveState(device)
    if (powerCapability(device) !== null) yield* tolerate(setPowerState(device, D3HOT, services.pci.timing))
    this.#become('asleep')
  }

  *#resume(): Op<void> {
    this.#become('changing')
    const { device, services } = this.#vdev
    yield* tolerate(setPowerState(device, 0, services.pci.timing))
    if (this.#saved !== undefined) restoreState(device, this.#saved, services.pci.restoreAcs)
    if (this.engaged && this.#wakes) {
      const vdev = this.#vdev
      yield* runTrigger(vdev, 'wake-up', () => atOnce(() => vdev.power.disengage()))
      services.trace.emit({ kind: 'note', text: `${device.name} woke up: low power is over`, rule: 'TRG-13' })
    }
    this.#become('awake')
  }

  get #now(): 'awake' | 'changing' | 'asleep' {
    this.#sharedState.readValue(this.#word)
    return this.#state
  }

  #become(state: 'awake' | 'changing' | 'asleep'): void {
    this.#state = state
    this.#word = hashOfText(state, savedWord(this.#saved))
    this.#sharedState.writeValue(this.#word)
  }

  get #allowance(): number {
    return (this.#engaged ? 1 : 0) + (this.#wakes ? 2 : 0)
  }
}

function* tolerate(change: Op<void>): Op<void> {
  try {
    yield* change
  } catch (error) {
    if (!(error instanceof KernelError)) throw error
  }
}
