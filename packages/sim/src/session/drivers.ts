/** Which driver is bound to each device. */
import {
  type Bdf,
  type Device,
  type Devices,
  destroyP2p,
  enableBridges,
  type GroupOwners,
  type Exporter,
  GROUP_OWNERS,
  type Importer,
  KERNEL,
  KernelError,
  type Op,
  PCI_SRIOV_CTRL_VFE,
  type Run,
  type Shared,
  type Witness,
} from '@barter/core'
import { probeFailed } from '../errors.ts'
import type { Hardware } from '../hardware/index.ts'
import type { PlannedDevice } from './plan.ts'
import { setSriovControl } from './sriov-control.ts'

export interface DriversParts {
  readonly devices: Devices
  readonly witness: Witness
  readonly hardware: Pick<Hardware, 'remove'>
  /** Gives the drivers, and what the platform does at each bind (ACS-9). */
  readonly run: Run
}

/** Binds and unbinds drivers, as the driver core does: with the device lock held. */
export class Drivers {
  readonly #devices: Devices
  readonly #witness: Witness
  readonly #hardware: Pick<Hardware, 'remove'>
  readonly #run: Run
  readonly #owners: GroupOwners
  readonly #bound = new Map<Bdf, Exporter>()
  /** Being unbound: sysfs shows no driver any more, and it still waits. */
  readonly #leaving = new Set<Bdf>()
  readonly #gone = new Set<Bdf>()
  /** Of the three above, for explorers. */
  readonly #shared: Shared

  constructor({ devices, witness, hardware, run }: DriversParts) {
    this.#shared = run.scope.get(KERNEL).shared('drivers of devices')
    this.#devices = devices
    this.#witness = witness
    this.#hardware = hardware
    this.#run = run
    this.#owners = run.scope.get(GROUP_OWNERS)
  }

  /** The function is in the machine. */
  isPresent({ at }: PlannedDevice): boolean {
    this.#shared.read()
    return !this.#gone.has(at)
  }

  /** Name of its driver as sysfs shows it. */
  boundName({ at }: PlannedDevice): string | undefined {
    this.#shared.read()
    return this.#leaving.has(at) ? undefined : this.#bound.get(at)?.driver
  }

  /** Unbind, if a driver is bound, and take the function out of the machine. **Shape** `why` as a clause. */
  *remove(planned: PlannedDevice, why: string): Op<void> {
    const device = this.device(planned)
    // Somebody else may unbind it meanwhile.
    yield* locked(device, () => (this.#isBound(device) ? this.#unbind(device) : undefined))
    if (this.#gone.has(planned.at)) return
    this.#gone.add(planned.at)
    this.#shared.write()
    this.#hardware.remove(planned.at, why)
  }

  device({ at }: PlannedDevice): Device {
    return this.#devices.get(at)
  }

  /** The driver whose device files can be opened now. */
  exporterOf({ at }: PlannedDevice): Exporter | undefined {
    this.#shared.read()
    return this.#bound.get(at)
  }

  /** At the start of a run. **Errors** `UsageError` `PROBE_FAILED`. */
  *probe(planned: PlannedDevice): Op<void> {
    const device = this.device(planned)
    if (planned.unbound === true) return
    try {
      yield* this.bind(planned)
      const importer = this.#importerOf(planned)
      if (importer !== undefined) {
        this.#prepare(device)
        if (importer.userOwned !== true) this.#owners.useByKernel(device)
        yield* locked(device, () => importer.probe(device))
      }
    } catch (error) {
      if (error instanceof KernelError) throw probeFailed(device, planned.driver ?? '', error)
      throw error
    }
  }

  /** **Errors** ENODEV when the function is gone; EBUSY when a driver is bound already; what the driver refuses with. */
  *bind(planned: PlannedDevice): Op<void> {
    if (planned.exporter === undefined || planned.driver === undefined) return
    const exporter = this.#run.exporter(planned.driver)
    const device = this.device(planned)
    yield* locked(device, () => this.#bind(device, exporter))
  }

  /**
   * Unbind. What the driver did by managed resources is undone after its `remove`: the P2P state goes then (P2P-7).
   * **Errors** ENODEV when no driver is bound.
   */
  *unbind(planned: PlannedDevice): Op<void> {
    const device = this.device(planned)
    yield* locked(device, () => this.#unbind(device))
  }

  /**
   * Switch the virtual functions of a physical one off: each is unbound, which waits for whom its driver waits for, and gone
   * then. The first thing that a driver of a physical function does when it is unbound (TRG-15). **Locks** that of the device.
   */
  *disableVirtualFunctions(physical: Device): Op<void> {
    yield* locked(physical, () => this.#disableVirtualFunctions(physical))
  }

  *#disableVirtualFunctions(physical: Device): Op<void> {
    this.#shared.read()
    const virtual = this.#devices.all.filter(
      ({ fn }) => fn.physicalFunction === physical.bdf && !this.#gone.has(fn.bdf),
    )
    for (const { name, bdf } of virtual) yield* this.remove({ name, at: bdf }, 'virtual functions are off')
    if (virtual.length > 0) setSriovControl(physical, PCI_SRIOV_CTRL_VFE, false)
  }

  /** The importing driver as this run has it. */
  #importerOf({ driver, importer }: PlannedDevice): Importer | undefined {
    return importer === undefined || driver === undefined ? undefined : this.#run.importer(driver)
  }

  /** What the bus does before a driver sees the function. */
  #prepare(device: Device): void {
    enableBridges(device, this.#devices)
    this.#run.platform.programAcs?.(device)
  }

  *#bind(device: Device, exporter: Exporter): Op<void> {
    this.#shared.read()
    if (this.#gone.has(device.bdf)) throw new KernelError('ENODEV', 'TRG-15', `${device.name} is gone`)
    if (this.#bound.has(device.bdf)) {
      throw new KernelError('EBUSY', 'P2P-3', `${device.name} has a driver already`)
    }
    this.#prepare(device)
    try {
      yield* exporter.probe(device)
    } catch (error) {
      destroyP2p(device)
      throw error
    }
    this.#bound.set(device.bdf, exporter)
    this.#shared.write()
  }

  #isBound(device: Device): boolean {
    this.#shared.read()
    return this.#bound.has(device.bdf)
  }

  *#unbind(device: Device): Op<void> {
    this.#shared.read()
    const exporter = this.#bound.get(device.bdf)
    if (exporter === undefined) throw new KernelError('ENODEV', 'TRG-15', `${device.name} has no driver`)
    this.#leaving.add(device.bdf)
    this.#shared.write()
    yield* this.#disableVirtualFunctions(device)
    yield* exporter.remove(device)
    this.#bound.delete(device.bdf)
    this.#leaving.delete(device.bdf)
    this.#shared.write()
    destroyP2p(device)
    this.#witness.providerGone(device.bdf)
  }
}

function* locked(device: Device, work: () => Op<void> | undefined): Op<void> {
  yield* device.lock.lock()
  try {
    const op = work()
    if (op !== undefined) yield* op
  } finally {
    device.lock.unlock()
  }
}
