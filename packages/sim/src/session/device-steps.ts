/** Steps on devices: `open`, `bind`, `unbind`. */
import { KernelError, type Op, type OpenOptions } from '@barter/core'
import { DeviceFile, ObjectFile } from './open-file.ts'
import type { PlannedDevice } from './plan.ts'
import { ok, type Performed, type StepCall } from './step-call.ts'

/** **Errors** while no driver is bound ENODEV, or ENOENT for its character device, which is not there then; the driver's own. */
export function* open(call: StepCall): Op<Performed> {
  const { target, args } = call.planned
  if (target.kind === 'node') {
    const { path } = target.node
    // That of this run.
    const node = call.services.nodes.find((one) => one.path === path) ?? target.node
    const object = yield* node.open(args, call.planned.step.as)
    call.made(new ObjectFile(call.services.kernel, object))
    return ok()
  }
  const planned = deviceOf(call)
  const { drivers, kernel } = call.services
  const exporter = drivers.exporterOf(planned)
  if (exporter === undefined) {
    const errno = args.cdev === true ? 'ENOENT' : 'ENODEV'
    throw new KernelError(errno, 'TRG-15', `${planned.name} has no driver`)
  }
  const file = yield* call.withGiven(({ given: { container } }) => {
    const options: OpenOptions = container?.kind === 'object' ? { ...args, containerObject: container.object } : args
    return exporter.open(drivers.device(planned), options)
  })
  call.made(new DeviceFile(kernel, file))
  return ok()
}

export function* bind(call: StepCall): Op<Performed> {
  yield* call.services.drivers.bind(deviceOf(call))
  return ok()
}

export function* unbind(call: StepCall): Op<Performed> {
  yield* call.services.drivers.unbind(deviceOf(call))
  return ok()
}

function deviceOf({ planned: { target, text } }: StepCall): PlannedDevice {
  if (target.kind !== 'device') throw new Error(`${text} acts on no device`)
  return target.device
}
