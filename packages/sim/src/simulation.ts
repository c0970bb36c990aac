/** The parts of one run, put together: a kernel, the hardware below it, the judge beside it, and the plugins on top. */
import {
  AT_END,
  type Bdf,
  BUS,
  checkedIommu,
  DEVICES,
  type Devices,
  directDma,
  HOOKS,
  KERNEL,
  type Party,
  RANDOM,
  type Run,
  type RunOptions,
  service,
  type System,
  TRACE,
  type Violation,
  WITNESS,
} from '@barter/core'
import { createHardware, type Hardware, type HardwareTiming, passThrough } from './hardware/index.ts'
import { faultsOfRun } from './explore/faults-of-run.ts'
import { WatchedOracle } from './explore/watched-oracle.ts'
import { watchRegisters } from './explore/watched-registers.ts'
import { type Explorer, Scheduler } from './kernel/scheduler.ts'
import { seededStrategy } from './kernel/seeded-strategy.ts'
import { SimKernel } from './kernel/sim-kernel.ts'
import { judgeStandstill, type Standstill } from './kernel/standstill.ts'
import type { Thread } from './kernel/thread.ts'
import { createOracle, isolation, type Oracle } from './oracle/index.ts'
import { machineCheck, machineCheckText } from './report/machine-check.ts'
import { RunTrace } from './report/run-trace.ts'
import { partyNow, ViolationLog } from './report/violation-log.ts'
import { checkedRun } from './session/checked-drivers.ts'
import { MachineDevices } from './session/devices.ts'

export interface SimOptions {
  /** How long resets and the like take. */
  readonly timing?: Partial<HardwareTiming>
}

/** What only user space knows of those who wait. */
export interface StandstillSession {
  /** The scenario expects this one to block. */
  readonly meant: (thread: Thread) => boolean
  readonly isOpen: Standstill['isOpen']
}

export interface Simulation {
  readonly trace: RunTrace
  readonly scheduler: Scheduler
  readonly kernel: SimKernel
  readonly hardware: Hardware
  readonly oracle: Oracle
  readonly devices: Devices
  /** Plugins as this run has them. */
  readonly run: Run
  /** What plugins want looked at when everybody is gone. */
  readonly endChecks: readonly (() => void)[]
  /** Nobody can go on: whoever waits in vain is a violation, unless that is meant. */
  judgeStandstill(session: StandstillSession): void
  /** Somebody else found something. */
  report(violation: Violation): void
  /** Of the judge and of the scheduler, in order of time. */
  violations(): readonly Violation[]
  /** How many they are: cheap. */
  foundCount(): number
}

/** **Shape** `names`: what the scenario calls functions. */
export function simulate(
  { topology, facts, hooks, openRun }: System,
  names: ReadonlyMap<Bdf, string>,
  { seed, strategy = seededStrategy(seed), limit, quiet = false }: RunOptions,
  { timing = {} }: SimOptions,
  explorer?: Explorer,
): Simulation {
  const trace = new RunTrace({ hooks, quiet })
  const log = new ViolationLog(trace)
  const report = (violation: Violation): void => {
    log.report(violation)
  }
  const scheduler = new Scheduler({ strategy, trace, report, limit, explorer })
  const kernel = new SimKernel(scheduler)
  const judge = createOracle({
    trace,
    now: () => scheduler.now,
    seq: () => trace.seq,
    task: () => scheduler.currentName,
    pageSize: facts.pageSize,
    ...isolation(topology, facts),
  })
  const nameOf = (bdf: Bdf): string => names.get(bdf) ?? bdf
  const oracle = scheduler.watch === undefined ? judge : new WatchedOracle(judge, scheduler.watch, nameOf)
  // Not assigned at once, for the reason that run.ts has.
  const onWaitForUnmap = (waiter: Party): void => {
    oracle.beginsToWaitForUnmap(waiter)
  }
  scheduler.onWaitForUnmap = onWaitForUnmap
  const bare = createHardware({
    topology,
    kernel,
    trace,
    judge: oracle,
    nameOf,
    timing,
    watched:
      oracle instanceof WatchedOracle
        ? {
            onChange: (of, decides, word) => {
              oracle.changesRegisters(of, decides, word)
            },
            onLook: (of, word) => {
              oracle.readsRegisters(of, word)
            },
          }
        : undefined,
    machineCheck: (request) => {
      const who = request.from === 'cpu' ? scheduler.currentName : nameOf(request.from)
      report(machineCheck(request, who, trace, scheduler))
      scheduler.halt(machineCheckText(request, who))
    },
  })
  const hardware = oracle instanceof WatchedOracle ? watchRegisters(bare, oracle) : bare
  const devices = new MachineDevices({ topology, nameOf, bus: hardware, kernel })
  const endChecks: (() => void)[] = []
  const opened = openRun(
    [
      service(KERNEL, kernel),
      service(BUS, hardware),
      service(DEVICES, devices),
      service(TRACE, trace),
      service(WITNESS, oracle),
      service(HOOKS, faultsOfRun(hooks, scheduler.watch)),
      service(RANDOM, (below) => strategy.draw(below)),
      service(AT_END, (check) => {
        endChecks.push(check)
      }),
    ],
    () => ({ dma: directDma(topology), iommu: passThrough() }),
  )
  const run = checkedRun(opened)
  // The platform is final only now: plugins have wrapped it.
  hardware.useIommu(checkedIommu(hooks, run.platform.iommu))
  hardware.useHazard(run.platform.hazard)
  const violations = (): readonly Violation[] =>
    [...log.found, ...oracle.violations].sort((a, b) => a.actor.seq - b.actor.seq)
  const atStandstill = ({ meant, isOpen }: StandstillSession): void => {
    judgeStandstill(
      scheduler.alive.filter((thread) => !meant(thread)),
      {
        partyOf: (thread, what) => partyNow(trace, scheduler, thread.name, what),
        waitsForUnmap: (waiter, rule) => {
          oracle.waitsForUnmap(waiter, rule)
        },
        isOpen,
        report,
      },
    )
  }
  return {
    trace,
    scheduler,
    kernel,
    hardware,
    oracle,
    devices,
    run,
    endChecks,
    judgeStandstill: atStandstill,
    report,
    violations,
    foundCount: () => log.found.length + oracle.violations.length,
  }
}
