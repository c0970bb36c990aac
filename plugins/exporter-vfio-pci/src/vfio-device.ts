/** One device that the driver is bound to. */
import { ContractError, type Device, initP2p, type RwSem, type SavedState, type Shared } from '@barter/core'
import { BufferList } from './buffer-list.ts'
import type { VirtualConfig } from './config-space/virtual-config.ts'
import { CpuMemory } from './cpu-memory.ts'
import type { DeviceSet, DeviceSets } from './device-set.ts'
import { EngineBuffer } from './device-engine.ts'
import { Doors } from './doors.ts'
import { ErrorInterrupt } from './error-interrupt.ts'
import { Registration } from './registration.ts'
import { RequestInterrupt } from './request-interrupt.ts'
import { RuntimePower } from './runtime-power.ts'
import { savedWord } from './saved-word.ts'
import type { VfioServices } from './services.ts'

export class VfioDevice {
  readonly services: VfioServices
  readonly device: Device
  /** Guards access to the BARs and the flags of buffers; always taken before a reservation (VFIO-40). */
  readonly memoryLock: RwSem
  readonly registration: Registration
  readonly set: DeviceSet
  /** P2P state was made for it; it has to be there until the driver has left. */
  readonly hasProviders: boolean
  readonly power: RuntimePower
  /** What processes have mapped of its BARs. */
  readonly cpuMemory: CpuMemory
  readonly buffers: BufferList
  /** Who has it open, and how. */
  readonly doors: Doors
  /** The error interrupt, by which user space hears of PCI errors. */
  readonly error: ErrorInterrupt
  /** What its DMA engine has read. */
  readonly engine: EngineBuffer
  /** Armed by user space, signalled when the driver wants the device back (TRG-15). */
  readonly request: RequestInterrupt
  readonly #needsReset: Shared
  readonly #beforeD3: Shared
  #resetNeeded = false
  #stateBeforeD3: SavedState | undefined

  constructor(services: VfioServices, sets: DeviceSets, device: Device) {
    this.services = services
    this.device = device
    this.memoryLock = services.kernel.rwsem(`memory_lock(${device.name})`)
    this.registration = new Registration(services.kernel, device.name)
    this.buffers = new BufferList(services.kernel)
    this.doors = new Doors(services.kernel)
    this.error = new ErrorInterrupt(services.kernel)
    this.engine = new EngineBuffer(services.kernel)
    this.request = new RequestInterrupt(services.kernel)
    this.#needsReset = services.kernel.shared('whether a device needs a reset')
    this.#beforeD3 = services.kernel.shared('registers from before D3hot')
    this.power = new RuntimePower(this)
    this.cpuMemory = new CpuMemory(this)
    // EOPNOTSUPP counts as success: such a device lends nothing, and works otherwise. Other errors fail the probe (P2P-9).
    this.hasProviders = services.facts.config.p2pdma && initP2p(device, services.hooks)
    this.set = sets.of(device)
  }

  /** Virtual functions have no memory bit of their own (VFIO-20). */
  get noCommandMemory(): boolean {
    return this.device.fn.physicalFunction !== undefined
  }

  /** Its last reset did not happen, so a reset of the bus at the last close of the set would do good (TRG-16). */
  get needsReset(): boolean {
    this.#needsReset.readValue(this.#resetNeeded ? 1 : 0)
    return this.#resetNeeded
  }

  set needsReset(needed: boolean) {
    this.#resetNeeded = needed
    this.#needsReset.writeValue(needed ? 1 : 0)
  }

  /** Registers that a function without NoSoftRst forgets in D3hot. */
  get stateBeforeD3(): SavedState | undefined {
    this.#beforeD3.readValue(savedWord(this.#stateBeforeD3))
    return this.#stateBeforeD3
  }

  set stateBeforeD3(saved: SavedState | undefined) {
    this.#stateBeforeD3 = saved
    this.#beforeD3.writeValue(savedWord(saved))
  }

  /** User space is told of an error and has to look for itself: nothing is revoked, and nothing is stopped (TRG-17). */
  tellError(): void {
    this.error.signal()
    this.services.trace.emit({
      kind: 'note',
      text: `${this.device.name}: PCI error, the driver can go on`,
      rule: 'TRG-17',
    })
  }

  /** Its virtual registers. **Errors** `ContractError` GEN-17 while nobody has it open: then there are none. */
  get config(): VirtualConfig {
    const { open } = this.doors
    if (open === undefined) throw new ContractError('GEN-17', `registers of ${this.device.name}, which is not open`)
    return open.config
  }

  /** May its memory be used? (VFIO-20) */
  get memoryEnabled(): boolean {
    return this.services.protocols.memoryEnabled(this)
  }

  /**
   * May its buffers be live? Not in low power, from which only a way out of it brings them back; the real kernel asks no
   * more than `memoryEnabled`, so other triggers do (INV-15, TRG-20, BUG-35).
   */
  get mayLend(): boolean {
    const { switches } = this.services.facts
    const hole = switches.has('BUG-35') && !switches.has('SW-STRICT-PM')
    return this.memoryEnabled && (hole || !this.power.engaged)
  }
}
