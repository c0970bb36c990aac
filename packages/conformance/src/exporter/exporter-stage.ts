/** A system around one exporter: the borrower of the kit at each place of its machine. */
import { compose, type Scenario, type Step, type System } from '@barter/core'
import { explorableOf, type Exploration, type ExploreOptions } from '@barter/explore'
import { sim } from '@barter/sim'
import { borrower } from '../borrower/borrower.ts'
import type { Manner } from '../borrower/manner.ts'
import { Guard } from '../check/guard.ts'
import { Played } from '../check/played.ts'
import { type KitMachine, kitMachine, type MachineSpec, PLACES } from '../machine.ts'
import { actorsOf, step, type Word } from '../step.ts'
import { beside } from '../check/beside.ts'
import { otherAddresses, type Tables } from '../check/other-addresses.ts'
import type { Stage, StageOptions, Steps } from '../check/stage.ts'
import type { ExporterSpec, TakingSpec } from './exporter-spec.ts'
import { tellingWitness, type WitnessWord } from './told-witness.ts'

export interface ExporterPlay extends StageOptions {
  readonly trusted?: boolean
  /** As of `MachineSpec`. */
  readonly offsets?: boolean
  /** Hears what the exporter says to the judge. */
  readonly said?: ((word: WitnessWord, buffer: string) => void) | undefined
  /** The DMA API gives all addresses but those below one switch, and takes its time to take them back. */
  readonly tables?: Tables | undefined
}

/** **Units** ticks. */
const UNMAP_TAKES = 50

export class ExporterStage implements Stage {
  readonly spec: ExporterSpec
  readonly #guard: Guard
  readonly #machines = new Map<string, KitMachine>()

  constructor(spec: ExporterSpec) {
    this.spec = spec
    this.#guard = new Guard(spec.driver, spec.patience)
  }

  play(actors: Steps, { seed = 1, ...options }: ExporterPlay & { readonly seed?: number } = {}): Played {
    return this.schedules(actors, options)(seed)
  }

  /** Runs of one story on one system, each by a seed of its own. */
  schedules(actors: Steps, { fault, opened, said, tables, ...where }: ExporterPlay = {}): (seed: number) => Played {
    const system = this.system(where, { fault, opened, said, tables })
    const scenario = this.scenario(actors, where)
    return (seed) => new Played(actors, this.#guard.run(system, scenario, seed))
  }

  explore(actors: Steps, options: ExploreOptions): Exploration {
    const system = this.system()
    return this.#guard.explore(
      this.#guard.compose(() => explorableOf(system, this.scenario(actors))),
      options,
    )
  }

  system(where: MachineSpec = {}, { said, tables, ...rest }: ExporterPlay = {}): System {
    const { spec } = this
    const plugin = spec.plugin()
    const { topology } = this.#machine(where)
    return this.#guard.compose(() =>
      compose({
        topology,
        plugins: [
          sim(),
          borrower(),
          ...(spec.plugins?.() ?? []),
          said === undefined ? plugin : tellingWitness(plugin, spec.driver, said),
          ...(tables === undefined ? [] : [otherAddresses(tables, UNMAP_TAKES)]),
          beside(rest),
        ],
        ...(spec.facts === undefined ? {} : { facts: spec.facts }),
      }),
    )
  }

  scenario(actors: Steps, where: MachineSpec = {}): Scenario {
    const { at } = this.#machine(where)
    const borrowers = PLACES.map((place) => [place, { at: at(place), driver: 'borrower' }] as const)
    return {
      title: 'a check of the kit',
      devices: { nvme: { at: at('nvme'), driver: this.spec.driver }, ...Object.fromEntries(borrowers) },
      actors: actorsOf(actors),
      expect: [{ kind: 'no-violation' }, { kind: 'all-finish' }, { kind: 'usual-order' }],
    }
  }

  /** `open`, and what has to be said before it lends. */
  open(as?: string): readonly Step[] {
    const open = { ...step('open', 'nvme'), args: this.spec.open ?? {}, ...(as === undefined ? {} : { as }) }
    return [open, ...this.words(this.spec.prepare ?? [], as)]
  }

  export(as = 'buf', ranges: readonly (readonly [offset: number, length: number])[] = [[0, 0x4000]], bar = 0): Step {
    return step('export', 'nvme', { bar, ranges: ranges.map(([offset, length]) => ({ offset, length })), as })
  }

  lend(): readonly Step[] {
    return [...this.open(), this.export()]
  }

  import(as = 'imp', manner: Manner = 'inline', on = 'near', buffer = 'buf'): Step {
    return step('import', buffer, { on, as, manner })
  }

  words(words: readonly Word[], target = 'nvme'): readonly Step[] {
    return words.map(({ verb, args = {} }) => ({ ...step(verb, target), args }))
  }

  take({ words }: TakingSpec): readonly Step[] {
    return this.words(words)
  }

  /** **Shape** no steps when it lends again by itself, or never. */
  giveBack({ back }: TakingSpec): readonly Step[] {
    return typeof back === 'string' ? [] : this.words(back)
  }

  #machine(where: MachineSpec): KitMachine {
    const key = JSON.stringify(where)
    const known = this.#machines.get(key)
    if (known !== undefined) return known
    const made = kitMachine({
      off: true,
      ...where,
      ...(this.spec.device === undefined ? {} : { lends: this.spec.device }),
    })
    this.#machines.set(key, made)
    return made
  }
}
