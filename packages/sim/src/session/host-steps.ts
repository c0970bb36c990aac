/** What the one who runs the machine does to it: looks into sysfs, setpci, slots, a debugger's hands in the kernel. */
import {
  type Device,
  FACTS,
  HOOKS,
  KernelError,
  type MapTypeServices,
  type Op,
  p2pDistance,
  PCI_SRIOV_CTRL_MSE,
  physAddr,
  resetFunction,
  sleep,
  TOPOLOGY,
  TRACE,
} from '@barter/core'
import type { Drivers } from './drivers.ts'
import type { PlannedDevice } from './plan.ts'
import { registerOf, withChange } from './register-access.ts'
import { setSriovControl } from './sriov-control.ts'
import { ok, type Performed, type StepCall } from './step-call.ts'

/** From the button to the removal, in which an operator may change their mind. **Units** ticks. */
const ATTENTION_TICKS = 5_000_000

export function* boundDriver(call: StepCall): Op<Performed> {
  const { drivers } = call.services
  const planned = plannedOf(call)
  const present = drivers.isPresent(planned)
  return ok({ present, driver: present ? (drivers.boundName(planned) ?? null) : null })
}

export function* distance(call: StepCall): Op<Performed> {
  const { to, verbose } = call.planned.args as { readonly to: string; readonly verbose?: boolean }
  const client = call.services.clientCalled(to)
  return ok({ distance: p2pDistance(mapTypeServices(call), deviceOf(call), client, verbose === true) })
}

/** **Errors** ENOENT without such a group: no driver is bound, or the driver has none. */
export function* groupStatus(call: StepCall): Op<Performed> {
  const { drivers } = call.services
  const exporter = drivers.exporterOf(plannedOf(call))
  if (exporter?.groupStatus === undefined) {
    throw new KernelError('ENOENT', 'VFIO-63', `${deviceOf(call).name} has no group for user space`)
  }
  return ok(yield* exporter.groupStatus(deviceOf(call), call.planned.args))
}

/** **Shape** `physical`: `null` where nothing is. No packet is sent. */
export function* iommuLookup(call: StepCall): Op<Performed> {
  const address = Number(call.planned.args.address)
  const { iommu } = call.services.run.platform
  const { bdf } = deviceOf(call)
  const looked = (['read', 'write'] as const).map((access) => iommu.translate(bdf, address, access, false))
  // Whatever the device may do there.
  const found = looked.find(({ kind }) => kind !== 'fault')
  return ok({ physical: found === undefined || found.kind === 'fault' ? null : physAddr(found.address) })
}

/** Also while the device is not bound: the module is there. **Errors** ENOENT for one that the driver does not have. */
export function* parameter(call: StepCall): Op<Performed> {
  const { name, value } = call.planned.args as { readonly name: string; readonly value: boolean }
  const { driver, exporter: planned } = plannedOf(call)
  // The plan may be that of an earlier run, with a driver of its own.
  const exporter = planned === undefined || driver === undefined ? undefined : call.services.run.exporter(driver)
  if (exporter?.setParameter === undefined) throw new KernelError('ENOENT', 'VFIO-63', `there is no parameter ${name}`)
  exporter.setParameter(name, value)
  return ok()
}

/** **Errors** ENODEV when no driver with a handler is bound. **Not modelled** what the PCI core does when a driver cannot go on. */
export function* pciError(call: StepCall): Op<Performed> {
  const device = deviceOf(call)
  if (device.errorDetected === undefined)
    throw new KernelError('ENODEV', 'TRG-17', `nobody handles errors of ${device.name}`)
  device.errorDetected()
  return ok()
}

/** Each call replaces what was pretended of the same thing, and leaves the other. */
export function* pretend(call: StepCall): Op<Performed> {
  const { id, acs } = call.planned.args as { readonly id?: string; readonly acs?: bigint }
  const device = deviceOf(call)
  const [vendor, number] = (id ?? '').split(':').map((part) => parseInt(part, 16))
  device.pretence = {
    ...device.pretence,
    ...(vendor === undefined || number === undefined ? {} : { id: { vendor, device: number } }),
    ...(acs === undefined ? {} : { acs: Number(acs) }),
  }
  return ok(acs === undefined ? undefined : { acs: Number(acs) })
}

/**
 * **Errors** EBUSY while a driver is bound, since that one may have sampled the address (P2P-5); then EOPNOTSUPP, as no function
 * of the model has the capability.
 */
export function* resizeBar(call: StepCall): Op<Performed> {
  const { drivers } = call.services
  const planned = plannedOf(call)
  const { name } = planned
  if (drivers.boundName(planned) !== undefined || planned.importer !== undefined) {
    throw new KernelError('EBUSY', 'P2P-5', `${name} has a driver, which relies on where its BARs are`)
  }
  throw new KernelError('EOPNOTSUPP', 'P2P-5', `${name} has no BAR that can be resized`)
}

/** Gives what the register holds afterwards. **Errors** ENOENT for a register the function does not have. */
export function* setpci(call: StepCall): Op<Performed> {
  const { args } = call.planned
  const device = deviceOf(call)
  const { offset, width } = registerOf(device, args)
  const before = device.config.read(offset, width)
  const after = withChange(before, args)
  if (after !== undefined) device.config.write(offset, width, after)
  return ok({ value: device.config.read(offset, width) })
}

/** **Locks** takes the device lock, never waits for it. **Errors** ENOTTY, EAGAIN, as a reset by a driver. */
export function* sysfsReset(call: StepCall): Op<Performed> {
  const { run, devices } = call.services
  const restoreAcs = run.platform.programAcs
  yield* resetFunction({ topology: run.scope.get(TOPOLOGY), devices, restoreAcs }, deviceOf(call))
  return ok()
}

/** The driver is unbound some seconds later, and waits for whom it waits for; then the function is gone (TRG-15). */
export function* unplug(call: StepCall): Op<Performed> {
  const { kernel, drivers } = call.services
  const planned = plannedOf(call)
  kernel.spawn(`unplug(${planned.name})`, () => removeLater(drivers, planned))
  return ok()
}

function* removeLater(drivers: Drivers, planned: PlannedDevice): Op<void> {
  yield* sleep(ATTENTION_TICKS)
  yield* drivers.remove(planned, 'removed from its slot')
}

/** **Errors** ENODEV for a function that has none. **Not modelled** switching them on after they were off. */
export function* virtualFunctions(call: StepCall): Op<Performed> {
  const { drivers, devices } = call.services
  const physical = deviceOf(call)
  const all = devices.all.filter((device) => device.fn.physicalFunction === physical.bdf)
  if (all.length === 0) throw new KernelError('ENODEV', 'TRG-15', `${physical.name} has no virtual functions`)
  const { memory } = call.planned.args
  if (typeof memory === 'boolean') {
    setSriovControl(physical, PCI_SRIOV_CTRL_MSE, memory)
    return ok()
  }
  yield* drivers.disableVirtualFunctions(physical)
  return ok()
}

function plannedOf({ planned: { target, text } }: StepCall): PlannedDevice {
  if (target.kind !== 'device') throw new Error(`${text} acts on no device`)
  return target.device
}

const deviceOf = (call: StepCall): Device => call.services.drivers.device(plannedOf(call))

function mapTypeServices({ services: { run, devices } }: StepCall): MapTypeServices {
  const { scope } = run
  return {
    topology: scope.get(TOPOLOGY),
    facts: scope.get(FACTS),
    hooks: scope.get(HOOKS),
    trace: scope.get(TRACE),
    devices,
  }
}
