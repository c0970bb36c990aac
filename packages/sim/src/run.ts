/** One run: services are made, drivers asked for, the scenario planned, threads run to their end, the report built. */
import {
  AT_END,
  type Bdf,
  BUS,
  DEVICES,
  directDma,
  KERNEL,
  RANDOM,
  type Report,
  type Run,
  type RunOptions,
  type Scenario,
  service,
  type System,
  TRACE,
  WITNESS,
} from '@barter/core'
import { driverUnknown } from './errors.ts'
import { createHardware, type HardwareTiming, passThrough } from './hardware/index.ts'
import { Scheduler } from './kernel/scheduler.ts'
import { seededStrategy } from './kernel/seeded-strategy.ts'
import { SimKernel } from './kernel/sim-kernel.ts'
import { createOracle } from './oracle/index.ts'
import { buildReport } from './report/build-report.ts'
import { RunTrace } from './report/run-trace.ts'
import { ViolationLog } from './report/violation-log.ts'
import { makeDevices } from './session/drivers.ts'
import type { PlannedDevice } from './session/plan.ts'
import { planScenario } from './session/planner.ts'
import { Session } from './session/session.ts'

export interface SimOptions {
  /** How long resets and the like take. */
  readonly timing?: Partial<HardwareTiming>
}

/**
 * Run a scenario once.
 *
 * **Errors** `UsageError` for what a person got wrong: of planner.ts, `PROBE_FAILED`, `DEVICE_UNKNOWN`, `DRIVER_UNKNOWN`;
 * an `Error` naming the thread for a bug. What drivers and the kernel do wrong is in the report.
 */
export function runScenario(system: System, scenario: Scenario, options: RunOptions, sim: SimOptions = {}): Report {
  const { topology, hooks } = system
  const { seed, strategy = seededStrategy(seed), limit, quiet = false } = options
  const names = deviceNames(system, scenario)
  const trace = new RunTrace({ hooks, quiet })
  const log = new ViolationLog(trace)
  const scheduler = new Scheduler({
    strategy,
    trace,
    report: (violation) => {
      log.report(violation)
    },
    onDeath: (thread) => {
      session.died(thread)
    },
    ...(limit === undefined ? {} : { limit }),
  })
  const kernel = new SimKernel(scheduler)
  const oracle = createOracle({
    trace,
    now: () => scheduler.now,
    seq: () => trace.seq,
    task: () => scheduler.currentName,
  })
  const hardware = createHardware({
    topology,
    kernel,
    trace,
    judge: oracle,
    nameOf: (bdf) => names.get(bdf) ?? bdf,
    ...(sim.timing === undefined ? {} : { timing: sim.timing }),
  })
  const devices = makeDevices(topology, names, hardware, kernel)
  const endChecks: (() => void)[] = []
  const run = system.openRun(
    [
      service(KERNEL, kernel),
      service(BUS, hardware),
      service(DEVICES, devices),
      service(TRACE, trace),
      service(WITNESS, oracle),
      service(RANDOM, (below) => strategy.draw(below)),
      service(AT_END, (check) => {
        endChecks.push(check)
      }),
    ],
    () => ({ dma: directDma(topology), iommu: passThrough() }),
  )
  // The platform is final only now: plugins have wrapped it.
  hardware.useIommu(run.platform.iommu)

  const plan = planScenario(scenario, plannedDevices(system, run, scenario))
  const session = new Session({ plan, scheduler, kernel, trace, devices, witness: oracle })
  session.start()
  const stopped = scheduler.run() === 'limit' ? `the run was stopped after ${scheduler.steps} steps` : undefined
  const actors = session.records(stopped)
  if (actors.every((actor) => actor.finished)) {
    session.checkLeftovers(oracle)
    for (const check of endChecks) check()
  }
  return buildReport({
    scenario,
    seed,
    actors,
    violations: [...log.found, ...oracle.violations].sort((a, b) => a.actor.seq - b.actor.seq),
    events: trace.events,
    steps: scheduler.steps,
    ticks: scheduler.now,
    stopped,
  })
}

/** **Errors** `DEVICE_UNKNOWN` for a function that the machine does not have. */
function deviceNames({ topology }: System, scenario: Scenario): ReadonlyMap<Bdf, string> {
  return new Map(Object.entries(scenario.devices).map(([name, { at }]) => [topology.get(at).bdf, name]))
}

/** **Errors** `DRIVER_UNKNOWN` for a driver that no plugin plays in any role. */
function plannedDevices(system: System, run: Run, scenario: Scenario): readonly PlannedDevice[] {
  return Object.entries(scenario.devices).map(([name, { at, driver }]): PlannedDevice => {
    if (driver === undefined) return { name, at }
    const exporter = run.has('exporter', driver) ? run.exporter(driver) : undefined
    const importer = run.has('importer', driver) ? run.importer(driver) : undefined
    if (exporter === undefined && importer === undefined) throw driverUnknown(driver, system.drivers)
    return {
      name,
      at,
      driver,
      ...(exporter === undefined ? {} : { exporter }),
      ...(importer === undefined ? {} : { importer }),
    }
  })
}
