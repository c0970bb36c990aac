/**
 * The plan of a scenario, made by the first run that needs it and good for all others of the same system: which words a
 * driver knows does not change from run to run. The drivers themselves do, so a run takes its own, by name.
 */
import {
  type DeviceNode,
  type Importer,
  type Need,
  type Run,
  type Scenario,
  type System,
  type Token,
} from '@barter/core'
import { driverUnknown } from '../errors.ts'
import type { Plan, PlannedDevice } from './plan.ts'
import { planScenario } from './planner.ts'

export class PlanOnce {
  readonly #system: System
  readonly #scenario: Scenario
  /** Drivers and services that planning asked the run for: every run has to make the same, in the same order. */
  readonly #asked: ((run: Run) => void)[] = []
  #plan: Plan | undefined

  constructor(system: System, scenario: Scenario) {
    this.#system = system
    this.#scenario = scenario
  }

  /** **Errors** as planner.ts; `DRIVER_UNKNOWN` for a driver that no plugin plays in any role. */
  planFor(run: Run, nodes: readonly DeviceNode[]): Plan {
    if (this.#plan !== undefined) {
      for (const ask of this.#asked) ask(run)
      return this.#plan
    }
    this.#asked.length = 0
    const plan = planScenario(this.#scenario, this.#devices(run), {
      importerOf: (driver) => this.#importer(run, driver),
      nodes,
      lacks: (importer) => this.#lackOf(run, importer),
    })
    this.#plan = plan
    return plan
  }

  #devices(run: Run): readonly PlannedDevice[] {
    return Object.entries(this.#scenario.devices).map(([name, { at, driver, bind }]): PlannedDevice => {
      if (driver === undefined) return { name, at }
      const exporter = run.has('exporter', driver) ? run.exporter(driver) : undefined
      if (exporter !== undefined) this.#asked.push((other) => other.exporter(driver))
      const importer = this.#importer(run, driver)
      if (exporter === undefined && importer === undefined) throw driverUnknown(driver, this.#system.drivers)
      return {
        name,
        at,
        driver,
        ...(exporter === undefined ? {} : { exporter }),
        ...(importer === undefined ? {} : { importer }),
        ...(bind === false ? { unbound: true } : {}),
      }
    })
  }

  #importer(run: Run, driver: string): Importer | undefined {
    if (!run.has('importer', driver)) return undefined
    this.#asked.push((other) => other.importer(driver))
    return run.importer(driver)
  }

  /** What the driver cannot do without and nobody gives. */
  #lackOf(run: Run, importer: Importer): Need | undefined {
    return importer.needs?.find(({ token }) => !this.#has(run, token))
  }

  #has(run: Run, token: Token<unknown>): boolean {
    if (run.scope.find(token) === undefined) return false
    this.#asked.push((other) => other.scope.get(token))
    return true
  }
}
