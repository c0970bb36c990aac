/** A system around one importer: the lender of the kit, the machine of the kit, and a judge of what happened. */
import { compose, type ImporterSupport, type Scenario, type Step, type System } from '@barter/core'
import { explorableOf, type Exploration, type ExploreOptions } from '@barter/explore'
import { sim, simulate } from '@barter/sim'
import { Guard } from '../check/guard.ts'
import { Played } from '../check/played.ts'
import { otherAddresses } from '../check/other-addresses.ts'
import { beside } from '../check/beside.ts'
import type { Stage, StageOptions, Steps } from '../check/stage.ts'
import { Ledger } from '../lender/ledger.ts'
import { lender } from '../lender/lender.ts'
import type { LenderOptions } from '../lender/lender-options.ts'
import { type KitMachine, kitMachine, PLACES } from '../machine.ts'
import { actorsOf, step } from '../step.ts'
import type { ImporterSpec } from './importer-spec.ts'

export interface PlayOptions extends StageOptions {
  /** False: no host bridge is known to carry packets between devices. */
  readonly trusted?: boolean
  readonly lender?: LenderOptions
  /** Each time that memory is mapped through the host bridge it has another address. */
  readonly otherAddresses?: boolean
}

export class ImporterStage implements Stage {
  readonly spec: ImporterSpec
  readonly #apart: boolean
  readonly #guard: Guard
  readonly #machines = new Map<string, KitMachine>()
  /** Known once it has been asked what it declares. */
  #isUserOwned = false
  #supports: ImporterSupport | undefined

  /** **Shape** `apart`: as in `MachineSpec`. */
  constructor(spec: ImporterSpec, { apart = false }: { readonly apart?: boolean } = {}) {
    this.spec = spec
    this.#apart = apart
    this.#guard = new Guard(spec.driver, spec.patience)
  }

  /** What the importer declares (IMP-1), of the kind that the options make it. **Errors** those of composing it. */
  get supports(): ImporterSupport {
    this.#supports ??= this.#declared()
    return this.#supports
  }

  /** Takes every import that the driver can make; strict only where the driver can be told to let go. */
  get lenderOptions(): LenderOptions {
    const { peer2peer, invalidate } = this.supports
    return { admits: peer2peer && invalidate ? 'revocable' : 'any', pins: 'counts' }
  }

  system({ trusted = true, lender: options = {}, otherAddresses: wander = false, ...rest }: PlayOptions = {}): System {
    const { spec } = this
    const { topology } = this.#machine(trusted)
    return this.#guard.compose(() =>
      compose({
        topology,
        plugins: [
          sim(),
          lender(options),
          ...(spec.plugins?.() ?? []),
          ...(wander ? [otherAddresses()] : []),
          spec.plugin(),
          beside(rest),
        ],
        ...(spec.facts === undefined ? {} : { facts: spec.facts }),
      }),
    )
  }

  scenario(title: string, actors: Steps, trusted = true): Scenario {
    const { at } = this.#machine(trusted)
    const borrowers = PLACES.map((place) => [place, { at: at(place), driver: this.spec.driver }] as const)
    return {
      title,
      devices: { nvme: { at: at('nvme'), driver: 'lender' }, ...Object.fromEntries(borrowers) },
      actors: actorsOf(actors),
      expect: [{ kind: 'no-violation' }, { kind: 'all-finish' }, { kind: 'usual-order' }],
    }
  }

  /** One run, with everything looked at. */
  play(actors: Steps, { seed = 1, ...options }: PlayOptions & { readonly seed?: number } = {}): Played {
    return this.schedules(actors, options)(seed)
  }

  /** Runs of one story on one system, each by a seed of its own. */
  schedules(actors: Steps, options: PlayOptions = {}): (seed: number) => Played {
    const ledger = new Ledger()
    const { trusted = true } = options
    const system = this.system({
      ...options,
      lender: { ...this.lenderOptions, guards: true, ...options.lender, ledger },
    })
    const scenario = this.scenario('a check of the kit', actors, trusted)
    return (seed) => new Played(actors, this.#guard.run(system, scenario, seed), ledger.snapshot())
  }

  explore(actors: Steps, options: ExploreOptions): Exploration {
    const system = this.system({ lender: this.lenderOptions })
    const subject = this.#guard.compose(() => explorableOf(system, this.scenario('a check of the kit', actors)))
    return this.#guard.explore(subject, options)
  }

  /** `open`, `export` of some ranges of the small BAR. */
  lend(ranges: readonly (readonly [offset: number, length: number])[] = [[0, 0x4000]], bar = 0): readonly Step[] {
    const pieces = ranges.map(([offset, length]) => ({ offset, length }))
    return [step('open', 'nvme'), step('export', 'nvme', { bar, ranges: pieces, as: 'buf' })]
  }

  import(as = 'imp', on = 'near', buffer = 'buf'): Step {
    return step('import', buffer, { on, as, ...this.spec.options, expect: ['ok', 'error'] })
  }

  /** The words that go before an access, all allowed to fail: the access shows it. */
  prepare(as = 'imp'): readonly Step[] {
    return (this.spec.prepare ?? []).map(({ verb, args = {} }) => ({ ...step(verb, as), args }))
  }

  #declared(): ImporterSupport {
    const { driver, options = {} } = this.spec
    const system = this.system()
    const { run } = this.#guard.compose(() => simulate(system, new Map(), { seed: 1, quiet: true }, {}))
    const { supports, kinds = [], userOwned = false } = run.importer(driver)
    this.#isUserOwned = userOwned
    const text = (given: object): string => JSON.stringify(Object.entries(given).sort(([a], [b]) => (a < b ? -1 : 1)))
    return kinds.find((kind) => text(kind.options) === text(options))?.supports ?? supports
  }

  #machine(trusted: boolean): KitMachine {
    const masters = this.#isUserOwned
    const key = `${trusted} ${masters}`
    const known = this.#machines.get(key)
    if (known !== undefined) return known
    const made = kitMachine({
      trusted,
      masters,
      apart: this.#apart,
      ...(this.spec.device === undefined ? {} : { borrows: this.spec.device }),
    })
    this.#machines.set(key, made)
    return made
  }
}
