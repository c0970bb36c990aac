/**
 * A machine for tests of the driver: the simulator's kernel, hardware and judge, the driver bound to devices of a small
 * tree, and threads that make one call each. No scenario is needed, so a test reaches what user space cannot.
 */
import {
  AT_END,
  type Bdf,
  buildTopology,
  BUS,
  compose,
  type ConfigSpace,
  type Device,
  DEVICES,
  type DmaBuf,
  directDma,
  type EndpointSpec,
  type Exporter,
  type ExporterFile,
  type ExportRequest,
  type FactsChange,
  type FaultPoint,
  type Errno,
  KERNEL,
  PCI_COMMAND,
  type PciFunction,
  type Op,
  type OpenOptions,
  type Plugin,
  RANDOM,
  service,
  type TopologySpec,
  sleep,
  type StepValue,
  TRACE,
  type TraceEvent,
  type Violation,
  WITNESS,
} from '@barter/core'
import { createHardware, createOracle, passThrough, RunTrace, Scheduler, seededStrategy, SimKernel } from '@barter/sim'
import { expect } from 'vitest'
import { vfioPci, type VfioPciOptions } from '../src/index.ts'

export interface HouseOptions extends VfioPciOptions {
  readonly facts?: FactsChange
  readonly exporter?: Partial<EndpointSpec>
  readonly seed?: number
  /** False: the driver is not bound to the nvme yet. */
  readonly bound?: false
  /** Another driver of the same core in its place, by the device that it drives. */
  readonly variant?: { readonly driver: string; readonly plugin: (nvme: Bdf, options: VfioPciOptions) => Plugin }
  /** Change the configuration space that the nvme starts with. */
  readonly config?: (config: ConfigSpace) => void
  /** Memory of the machine; as on a PC unless given. */
  readonly memory?: TopologySpec['memory']
  /** Make calls fail at named places. */
  readonly fault?: (point: FaultPoint) => Errno | undefined
}

/** What became of a call: it returned, was refused, or waits. */
export interface Call<T> {
  readonly done: boolean
  readonly value: T | undefined
  readonly error: unknown
}

const MSIX = { vectors: 8, bar: 0, offset: 0x2000 }

/** The device of the recordings: a small BAR with the interrupt table, and 64 MiB. */
export const NVME: EndpointSpec = {
  endpoint: 'nvme',
  class: 'nvme',
  msix: MSIX,
  bars: [
    { index: 0, length: '16 KiB' },
    { index: 2, length: '64 MiB', kind: 'mem64pref' },
  ],
}

export type House = ReturnType<typeof house>

export function house(options: HouseOptions = {}) {
  const { topology: built, names } = buildTopology({
    cpu: { vendor: 'AuthenticAMD', family: 0x17 },
    ...(options.memory === undefined ? {} : { memory: options.memory }),
    hostBridges: [
      {
        id: '8086:29c0',
        devices: [
          {
            rootPort: 'rp0',
            below: [
              {
                switch: 'sw0',
                ports: [
                  { below: [{ ...NVME, ...options.exporter }] },
                  { below: [{ endpoint: 'nic', class: 'nic', bars: [{ index: 0, length: '64 KiB' }] }] },
                  {
                    below: [
                      {
                        endpoint: 'other',
                        bars: [
                          { index: 0, length: '4 KiB', kind: 'mem32' },
                          { index: 1, length: 256, kind: 'io' },
                          { index: 2, length: '64 MiB', kind: 'mem64pref' },
                        ],
                      },
                    ],
                  },
                ],
              },
            ],
          },
          { rootPort: 'rp1', below: [{ endpoint: 'far', class: 'nic', bars: [{ index: 0, length: '64 KiB' }] }] },
          { endpoint: 'bare', pcie: false, bars: [{ index: 0, length: 256, kind: 'mem32' }] },
          { endpoint: 'old', pcie: false, flr: true, bars: [{ index: 0, length: '4 KiB', kind: 'mem32' }] },
        ],
      },
    ],
  })
  const variant = options.variant ?? { driver: 'vfio-pci', plugin: (_nvme, rest) => vfioPci(rest) }
  const topology = built.mapFunctions((fn) =>
    withFirmwareCommand(fn, fn.bdf === names.get('nvme') ? options.config : undefined),
  )
  const faults: Plugin = {
    name: 'faults',
    apply: ({ hooks }) => {
      if (options.fault !== undefined) hooks.fault.tap('faults', options.fault)
    },
  }
  const system = compose({
    topology,
    plugins: [variant.plugin(names.get('nvme') ?? expect.fail('no nvme'), options), faults],
    ...(options.facts === undefined ? {} : { facts: options.facts }),
  })
  const trace = new RunTrace({ hooks: system.hooks, quiet: false })
  const faultsFound: Violation[] = []
  const scheduler = new Scheduler({
    strategy: seededStrategy(options.seed ?? 1),
    trace,
    report: (violation) => faultsFound.push(violation),
  })
  const kernel = new SimKernel(scheduler)
  const oracle = createOracle({ trace, now: () => scheduler.now, seq: () => trace.seq })
  const nameOf = new Map<Bdf, string>([...names].map(([name, bdf]) => [bdf, name]))
  const hardware = createHardware({ topology, kernel, trace, judge: oracle, nameOf: (bdf) => nameOf.get(bdf) ?? bdf })
  const devices = new Map<Bdf, Device>(
    topology.functions.map((fn) => {
      const name = nameOf.get(fn.bdf) ?? fn.bdf
      const device: Device = {
        name,
        bdf: fn.bdf,
        fn,
        config: {
          read: (offset, width) => hardware.configRead(fn.bdf, offset, width),
          write: (offset, width, value) => {
            hardware.configWrite(fn.bdf, offset, width, value)
          },
        },
        lock: kernel.lock(`device(${name})`),
        dmaMaskBits: 64,
        p2p: undefined,
      }
      return [fn.bdf, device]
    }),
  )
  const endChecks: (() => void)[] = []
  const run = system.openRun(
    [
      service(KERNEL, kernel),
      service(BUS, hardware),
      service(DEVICES, {
        all: [...devices.values()],
        get: (bdf) => devices.get(bdf) ?? expect.fail(`there is no ${bdf}`),
      }),
      service(TRACE, trace),
      service(WITNESS, oracle),
      service(RANDOM, () => 0),
      service(AT_END, (check) => {
        endChecks.push(check)
      }),
    ],
    () => ({ dma: directDma(topology), iommu: passThrough() }),
  )
  const driver: Exporter = run.exporter(variant.driver)

  const start = <T>(name: string, op: () => Op<T>): Call<T> => {
    const call: { done: boolean; value: T | undefined; error: unknown } = {
      done: false,
      value: undefined,
      error: undefined,
    }
    scheduler.spawn(name, 'user', function* () {
      try {
        call.value = yield* op()
      } catch (error) {
        call.error = error
      }
      yield* kernel.returnToUser()
      call.done = true
    })
    return call
  }
  const call = <T>(op: () => Op<T>): T => {
    const made = start('user', op)
    scheduler.run()
    if (made.error !== undefined) throw made.error as Error
    if (!made.done) expect.fail('the call does not return')
    return made.value as T
  }
  const device = (name: string): Device => devices.get(names.get(name) ?? expect.fail(name)) ?? expect.fail(name)
  const bind = (name: string): void => {
    call(() => locked(device(name), (of) => driver.probe(of)))
  }
  if (options.bound !== false) bind('nvme')
  return {
    topology,
    device,
    hardware,
    kernel,
    driver,
    /** Begin a call in a thread of its own; it goes on with the next `call` or `settle`. */
    start,
    /** Make a call and let everybody run until nobody can go on. **Errors** what the call throws. */
    call,
    settle: () => {
      scheduler.run()
    },
    bind,
    unbind: (name: string) => start(`unbind ${name}`, () => locked(device(name), (of) => driver.remove(of))),
    open: (name = 'nvme', options: OpenOptions = {}): OpenFile =>
      new OpenFile(
        call,
        call(() => driver.open(device(name), options)),
      ),
    events: (): readonly TraceEvent[] => trace.events,
    /** Steps of protocol lists so far, as `list: step`. */
    protocol: (): string[] =>
      trace.events.flatMap((event) => (event.kind === 'protocol' ? [`${event.protocol}: ${event.name}`] : [])),
    /** What the judge and the kernel found wrong. */
    violations: (): readonly Violation[] => [...faultsFound, ...oracle.violations],
    atEnd: () => {
      for (const check of endChecks) check()
    },
    now: () => scheduler.now,
    sleep,
  }
}

/** Decoding of ports and memory, bus mastering, system errors: what the machine of the recordings starts with. */
function withFirmwareCommand(fn: PciFunction, change?: (config: ConfigSpace) => void): PciFunction {
  if (fn.physicalFunction !== undefined || fn.bridge !== undefined) return fn
  const config = fn.config.copy()
  config.write(PCI_COMMAND, 2, 0x107)
  change?.(config)
  return { ...fn, config }
}

function* locked(device: Device, work: (device: Device) => Op<void>): Op<void> {
  yield* device.lock.lock()
  try {
    yield* work(device)
  } finally {
    device.lock.unlock()
  }
}

/** A device file, whose methods are system calls. */
export class OpenFile {
  readonly file: ExporterFile
  readonly #call: <T>(op: () => Op<T>) => T

  constructor(call: <T>(op: () => Op<T>) => T, file: ExporterFile) {
    this.#call = call
    this.file = file
  }

  export(request: Partial<ExportRequest> = {}): DmaBuf {
    return this.#call(() => this.file.export({ bar: 2, ranges: [range(0, 0x1000)], ...request }))
  }

  control(name: string, args: Readonly<Record<string, StepValue>> = {}): StepValue {
    return this.#call(() => this.file.control(name, args))
  }

  command(value: number): void {
    this.control('configWrite', { register: 'command', value })
  }

  close(): void {
    this.#call(() => this.file.close())
  }
}

export const range = (offset: number | bigint, length: number | bigint) => ({
  offset: BigInt(offset),
  length: BigInt(length),
})

/** What a call is refused with, as `ERRNO RULE`; `ok` when it is not. */
export function refusal(call: () => unknown): string {
  try {
    call()
    return 'ok'
  } catch (error) {
    if (error instanceof Error && 'errno' in error && 'rule' in error)
      return `${String(error.errno)} ${String(error.rule)}`
    throw error
  }
}
