/** One device that the driver is bound to. */
import { ContractError, type Device, initP2p, type IommufdDevice, type RwSem, type SavedState } from '@barter/core'
import type { BarClaims } from './bar-claims.ts'
import type { VirtualConfig } from './config-space/virtual-config.ts'
import { CpuMemory } from './cpu-memory.ts'
import type { DeviceSet, DeviceSets } from './device-set.ts'
import { Registration } from './registration.ts'
import { RequestInterrupt } from './request-interrupt.ts'
import { RuntimePower } from './runtime-power.ts'
import type { VfioServices } from './services.ts'
import type { VfioBuffer } from './vfio-buffer.ts'

/** What exists from the first open to the last close. */
export interface OpenState {
  readonly config: VirtualConfig
  readonly claims: BarClaims
  /** The reset at open worked, so user space may ask for more (TRG-9). */
  readonly resetWorks: boolean
  /** Registers as they were then; they come back at close. */
  readonly saved: SavedState
}

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
  /** Listed buffers in the order of creation. The list holds no reference (REV-9). **Locks** `memory_lock`. */
  readonly buffers: VfioBuffer[] = []
  /** Files, also those of the character device that may not use it yet. */
  files = 0
  /** Files that may use it. **Locks** that of the set. */
  openCount = 0
  /** The iommufd that it is bound to, while it is open through its character device. */
  iommufd: string | undefined
  /** The device in the hands of an iommufd, whichever door it is open through. */
  bound: IommufdDevice | undefined
  open: OpenState | undefined
  /** Its last reset did not happen, so a reset of the bus at the last close of the set would do good (TRG-16). */
  needsReset = false
  /** The error interrupt, by which user space hears of PCI errors. */
  error: 'off' | 'armed' | 'signalled' = 'off'
  /** Registers that a function without NoSoftRst forgets in D3hot. */
  stateBeforeD3?: SavedState
  /** Armed by user space, signalled when the driver wants the device back (TRG-15). */
  readonly request: RequestInterrupt

  constructor(services: VfioServices, sets: DeviceSets, device: Device) {
    this.services = services
    this.device = device
    this.memoryLock = services.kernel.rwsem(`memory_lock(${device.name})`)
    this.registration = new Registration(services.kernel, device.name)
    this.request = new RequestInterrupt(services.kernel)
    this.power = new RuntimePower(this)
    this.cpuMemory = new CpuMemory(this)
    // EOPNOTSUPP counts as success: such a device lends nothing, and works otherwise. Other errors fail the probe (P2P-9).
    this.hasProviders = services.facts.config.p2pdma && initP2p(device, services.hooks)
    this.set = sets.join(this)
  }

  /** Virtual functions have no memory bit of their own (VFIO-20). */
  get noCommandMemory(): boolean {
    return this.device.fn.physicalFunction !== undefined
  }

  /** User space is told of an error and has to look for itself: nothing is revoked, and nothing is stopped (TRG-17). */
  tellError(): void {
    if (this.error === 'armed') this.error = 'signalled'
    this.services.trace.emit({
      kind: 'note',
      text: `${this.device.name}: PCI error, the driver can go on`,
      rule: 'TRG-17',
    })
  }

  /** Its virtual registers. **Errors** `ContractError` GEN-17 while nobody has it open: then there are none. */
  get config(): VirtualConfig {
    if (this.open === undefined)
      throw new ContractError('GEN-17', `registers of ${this.device.name}, which is not open`)
    return this.open.config
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
