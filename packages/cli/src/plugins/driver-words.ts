/** Asks the drivers of a system which words of user space they understand, without a run. */
import {
  AT_END,
  BUS,
  type Bus,
  type Controls,
  type DeviceNode,
  directDma,
  DEVICES,
  type JsonSchema,
  KERNEL,
  NO_WITNESS,
  RANDOM,
  type Run,
  service,
  soloKernel,
  type System,
  TRACE,
  WITNESS,
} from '@barter/core'

export interface DriverWords {
  readonly driver: string
  readonly role: 'exporter' | 'importer'
  readonly controls: Controls
  /** Options of `import`, when the driver says which it takes. */
  readonly importOptions?: JsonSchema
  /** Its character device, and the words of all that is made of it. */
  readonly node?: Pick<DeviceNode, 'path' | 'opens' | 'types'>
}

/**
 * Drivers are made at the start of a run, so one is opened whose machine does nothing. A driver that needs a working
 * one to be made is left out: its words are then not checked before the run.
 */
export function driverWords(system: System): readonly DriverWords[] {
  const run = idleRun(system)
  const { exporters, importers } = system.drivers
  return [
    ...exporters.flatMap((driver) => wordsOf(driver, 'exporter', () => ({ controls: run.exporter(driver).controls }))),
    ...importers.flatMap((driver) => wordsOf(driver, 'importer', () => importerWords(run, driver))),
  ]
}

function wordsOf(
  driver: string,
  role: DriverWords['role'],
  ask: () => Omit<DriverWords, 'driver' | 'role'>,
): DriverWords[] {
  try {
    const words = ask()
    // What has none is told of by the run.
    const hasWords = typeof (words.controls as unknown) === 'object' && (words.controls as unknown) !== null
    return hasWords ? [{ driver, role, ...words }] : []
  } catch {
    return []
  }
}

function importerWords(run: Run, driver: string): Omit<DriverWords, 'driver' | 'role'> {
  const { controls = {}, options, node } = run.importer(driver)
  return {
    controls,
    ...(options === undefined ? {} : { importOptions: options }),
    ...(node === undefined ? {} : { node }),
  }
}

function idleRun(system: System): Run {
  const nothing = (): void => undefined
  const services = [
    service(KERNEL, soloKernel()),
    service(BUS, IDLE_BUS),
    service(DEVICES, { get: () => unreachable('a device'), all: [] }),
    service(TRACE, { on: false, emit: nothing }),
    service(WITNESS, NO_WITNESS),
    service(RANDOM, () => 0),
    service(AT_END, nothing),
  ]
  const iommu = { translate: () => unreachable('the IOMMU') }
  return system.openRun(services, () => ({ dma: directDma(system.topology), iommu }))
}

const unreachable = (what: string): never => {
  throw new Error(`${what} is used while only words are asked for`)
}

const IDLE_BUS: Bus = {
  configRead: () => unreachable('configuration space'),
  configWrite: () => unreachable('configuration space'),
  cpu: () => unreachable('memory'),
  dma: () => unreachable('the bus'),
  route: () => unreachable('the fabric'),
}
