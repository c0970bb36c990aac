/**
 * Looks at a scenario before anything runs, so that every mistake of a person is found here and not half-way through.
 */
import {
  type Bdf,
  BUFFER_CONTROLS,
  type Controls,
  type DeviceNode,
  type HandleKind,
  type Importer,
  type Need,
  NO_BDF,
  type Scenario,
  type Step,
  type Verb,
  VERBS,
  type VerbSpec,
  verbSpec,
  WAIT_WORDS,
} from '@barter/core'
import {
  actorTwice,
  deviceTwice,
  nameTwice,
  nameUnknown,
  serviceNeeded,
  type StepSite,
  stepInvalid,
  verbUnknown,
} from '../errors.ts'
import type { Plan, PlannedActor, PlannedDevice, PlannedHandle, PlannedStep, PlannedTarget } from './plan.ts'
import { fits, type HandleArg, handleArgs } from './handle-args.ts'
import { argsSchema, checkWait, givenArgs, NOUNS, needDriver } from './step-checks.ts'
import { stepText } from './step-text.ts'
import { readArgs } from './step-values.ts'

/** What the plugins of a run offer to steps. */
export interface House {
  /** Importers that act on behalf of devices that they are not bound to. */
  readonly importerOf: (driver: string) => Importer | undefined
  /** Character devices. */
  readonly nodes: readonly DeviceNode[]
  /** What an importer cannot do without and nobody gives. */
  readonly lacks: (importer: Importer) => Need | undefined
}

const EMPTY_HOUSE: House = { importerOf: () => undefined, nodes: [], lacks: () => undefined }

/**
 * **Errors** `UsageError`: `ACTOR_TWICE`, `DEVICE_TWICE`, `NAME_TWICE`, `NAME_UNKNOWN`, `SERVICE_NEEDED`,
 * `STEP_INVALID`, `VERB_UNKNOWN`.
 */
export function planScenario(scenario: Scenario, devices: readonly PlannedDevice[], house: Partial<House> = {}): Plan {
  refuseTwins(scenario, devices)
  const planner = new Planner(scenario, devices, { ...EMPTY_HOUSE, ...house })
  return { devices, actors: planner.actors() }
}

function refuseTwins(scenario: Scenario, devices: readonly PlannedDevice[]): void {
  const byBdf = new Map<Bdf, string>()
  for (const { at, name } of devices) {
    const first = byBdf.get(at)
    if (first !== undefined) throw deviceTwice(at, first, name)
    byBdf.set(at, name)
  }
  const actors = new Set<string>()
  for (const { name } of scenario.actors) {
    if (actors.has(name)) throw actorTwice(name)
    actors.add(name)
  }
}

class Planner {
  readonly #scenario: Scenario
  readonly #devices: ReadonlyMap<string, PlannedDevice>
  /** By the name that `as` gave. */
  readonly #named = new Map<string, PlannedHandle>()
  /** Every file that is opened, with or without a name of its own. */
  readonly #files: PlannedHandle[] = []
  readonly #made = new Map<Step, PlannedHandle>()
  readonly #house: House

  constructor(scenario: Scenario, devices: readonly PlannedDevice[], house: House) {
    this.#scenario = scenario
    this.#house = house
    this.#devices = new Map(devices.map((device) => [device.name, device]))
  }

  /** First what is made, wherever, since a step may name what another actor makes; then the steps. */
  actors(): readonly PlannedActor[] {
    const started = new Set<string>()
    this.#eachStep((step, site, process) => {
      this.#noteMade(step, site, process)
      if (step.verb === 'start') started.add(step.target)
    })
    this.#noteMadeByWords()
    return this.#scenario.actors.map((actor) => ({
      name: actor.name,
      process: actor.process ?? actor.name,
      startedByOther: started.has(actor.name),
      steps: actor.steps.map((step, index) =>
        this.#plan(step, siteOf(actor.name, index, step), actor.process ?? actor.name),
      ),
    }))
  }

  #eachStep(visit: (step: Step, site: StepSite, process: string) => void): void {
    for (const actor of this.#scenario.actors) {
      actor.steps.forEach((step, index) => visit(step, siteOf(actor.name, index, step), actor.process ?? actor.name))
    }
  }

  #noteMade(step: Step, site: StepSite, process: string): void {
    const kind = verbSpec(step.verb)?.makes
    if (kind === undefined) return
    const node = kind === 'file' ? this.#node(step) : undefined
    if (node !== undefined) return this.#noteObject(step, site, process, node.opens, node)
    if (kind === 'object') return this.#noteObject(step, site, process, step.target)
    const device = this.#deviceMaking(kind, step, site)
    const handle = this.#note(step, site, process, { kind, device })
    if (kind === 'file') this.#files.push(handle)
  }

  #noteObject(step: Step, site: StepSite, process: string, type: string, node?: DeviceNode): void {
    const words = node?.types[type]
    this.#note(step, site, process, {
      kind: 'object',
      device: undefined,
      type,
      ...(node === undefined ? {} : { node }),
      ...(words === undefined ? {} : { words }),
    })
  }

  #note(
    step: Step,
    site: StepSite,
    process: string,
    what: Pick<PlannedHandle, 'kind' | 'device' | 'type' | 'node' | 'words'>,
  ): PlannedHandle {
    const name = step.as ?? (what.kind === 'file' || what.kind === 'object' ? step.target : '')
    const maker = { actor: site.actor, index: site.index, process }
    const handle: PlannedHandle = { name, ...what, maker, users: new Set() }
    this.#made.set(step, handle)
    if (step.as === undefined) return handle
    if (this.#named.has(step.as)) throw nameTwice(step.as, site)
    this.#named.set(step.as, handle)
    return handle
  }

  /** What words of objects make may itself have words that make something, wherever in the scenario. */
  #noteMadeByWords(): void {
    for (let before = -1; before < this.#made.size;) {
      before = this.#made.size
      this.#eachStep((step, site, process) => {
        if (step.as === undefined || this.#made.has(step)) return
        const target = this.#named.get(step.target)
        const type = target?.words?.controls[step.verb]?.makes
        if (type !== undefined) this.#noteObject(step, site, process, type, target?.node)
      })
    }
    this.#eachStep((step, site) => {
      if (step.as === undefined || this.#made.has(step)) return
      throw stepInvalid(site, `${step.verb} makes nothing that could be called ${step.as}`, 'leave as out')
    })
  }

  /** The character device that an `open` means. */
  #node({ verb, target }: Step): DeviceNode | undefined {
    if (verb !== 'open' || this.#devices.has(target)) return undefined
    return this.#house.nodes.find(({ path }) => path === target)
  }

  #deviceMaking(kind: HandleKind, step: Step, site: StepSite): PlannedDevice | undefined {
    if (kind === 'file') return this.#device(step.target, site)
    return kind === 'import' ? this.#importing(step, site) : undefined
  }

  /** The importing device, with the words of the driver that acts for it. */
  #importing({ args: { on, driver } }: Step, site: StepSite): PlannedDevice {
    const name = typeof on === 'string' ? on : ''
    const isMisc = name === MISC && !this.#devices.has(MISC)
    const device: PlannedDevice = isMisc ? { name, at: NO_BDF, notPci: true } : this.#device(name, site)
    if (typeof driver !== 'string') return device
    const importer = this.#house.importerOf(driver)
    if (importer !== undefined) return { ...device, driver, importer }
    throw stepInvalid(site, `no plugin gives the importer ${driver}`, 'add the plugin that does')
  }

  #plan(step: Step, site: StepSite, process: string): PlannedStep {
    const text = stepText(step)
    const base = { site, step, text, makes: this.#made.get(step) }
    const spec = verbSpec(step.verb)
    if (spec === undefined || this.#means(step, spec)) return { ...base, ...this.#planControl(step, site, process) }
    const verb = step.verb as Verb
    const target = this.#target(step, site, process, spec.actsOn)
    const on = base.makes?.kind === 'import' ? base.makes.device : undefined
    if (NEED_EXPORTER.includes(verb) && target.kind === 'device') needDriver('exporter', target.device, site)
    if (on !== undefined) this.#checkImporter(on, site)
    const schema = argsSchema(verb, on)
    const args = readArgs(schema, givenArgs(verb, step, site), ({ path, message }) => {
      throw stepInvalid(site, `${path} of ${verb}: ${message}`, spec.summary)
    })
    if (verb === 'wait') checkWait(target, args, site)
    const given = this.#given(handleArgs(schema, args), site, process)
    return { ...base, verb, target, args, given, needs: neededOf(target, given), on }
  }

  #checkImporter(on: PlannedDevice, site: StepSite): void {
    needDriver('importer', on, site)
    const lack = on.importer === undefined ? undefined : this.#house.lacks(on.importer)
    if (lack !== undefined) throw serviceNeeded(site, on.importer?.driver ?? '', lack)
  }

  /** A common verb that does not act on such a thing, and a word of the thing by the same name: `pin` of an import. */
  #means({ verb, target }: Step, { actsOn }: VerbSpec): boolean {
    const handle = this.#named.get(target)
    return handle !== undefined && !actsOn.includes(handle.kind) && Object.hasOwn(controlsOf(handle), verb)
  }

  /** A word of the driver that the target belongs to, or of buffers. */
  #planControl(
    step: Step,
    site: StepSite,
    process: string,
  ): Pick<PlannedStep, 'verb' | 'target' | 'args' | 'given' | 'needs' | 'on' | 'byHardware'> {
    const target = this.#target(step, site, process, ['file', 'import', 'buffer', 'object'])
    const controls = target.kind === 'handle' ? controlsOf(target.handle) : {}
    const control = controls[step.verb]
    if (control === undefined) throw verbUnknown(step.verb, [...Object.keys(VERBS), ...Object.keys(controls)], site)
    const args = readArgs(control.args, step.args, ({ path, message }) => {
      throw stepInvalid(site, `${path} of ${step.verb}: ${message}`, control.summary)
    })
    const given = this.#given(handleArgs(control.args, args), site, process)
    return {
      verb: undefined,
      target,
      args,
      given,
      needs: neededOf(target, given),
      on: undefined,
      ...(control.byHardware === true ? { byHardware: true } : {}),
    }
  }

  #target(step: Step, site: StepSite, process: string, kinds: readonly string[]): PlannedTarget {
    if (kinds.includes('time')) return { kind: 'time' }
    const until = step.args.until
    const onActor = step.verb === 'wait' ? until === 'done' : kinds.includes('actor')
    if (onActor) return this.#actorTarget(step, site)
    if (step.verb === 'import' && !this.#named.has(step.target)) {
      const open = NO_BUFFERS[step.target]
      if (open !== undefined) return { kind: 'no-buffer', open }
    }
    const node = this.#node(step)
    if (node !== undefined) return { kind: 'node', node }
    const onDevice = step.verb === 'wait' ? WAIT_WORDS.device.some((word) => word === until) : kinds.includes('device')
    if (onDevice) return { kind: 'device', device: this.#device(step.target, site) }
    const handle = this.#handle(step.target, site, process, kinds)
    // Who waits for a buffer to be released must not keep it alive.
    if (step.verb !== 'wait') use(handle, process)
    return { kind: 'handle', handle }
  }

  #given(args: readonly HandleArg[], site: StepSite, process: string): PlannedStep['given'] {
    const found: Record<string, PlannedHandle | { readonly open: boolean }> = {}
    for (const arg of args) {
      const one = this.#givenBy(arg, site, process)
      if (one !== undefined) found[arg.key] = one
    }
    return found
  }

  #givenBy(arg: HandleArg, site: StepSite, process: string): PlannedHandle | { readonly open: boolean } | undefined {
    const { name, of, orWord } = arg
    const open = of.includes('buffer') && !this.#named.has(name) ? NO_BUFFERS[name] : undefined
    if (open !== undefined) return { open }
    const named = this.#named.get(name) ?? (of.includes('file') ? this.#fileOf(name, site, process) : undefined)
    if (named === undefined && orWord) return undefined
    if (named === undefined || !fits(named, arg)) {
      const known = [...this.#named.values()].filter((one) => fits(one, arg)).map((one) => one.name)
      throw nameUnknown(name, of.map((kind) => this.#noun(kind)).join(' or '), known, site)
    }
    checkMade(named, site)
    use(named, process)
    return named
  }

  /** A kind of handle or a type of object, with its article. */
  #noun(kind: string): string {
    const types = this.#house.nodes.flatMap(({ types }) => types[kind]?.noun ?? [])
    return NOUNS[kind] ?? types[0] ?? kind
  }

  #actorTarget(step: Step, site: StepSite): PlannedTarget {
    const names = this.#scenario.actors.map((actor) => actor.name)
    if (!names.includes(step.target)) throw nameUnknown(step.target, 'an actor', names, site)
    return { kind: 'actor', actor: step.target }
  }

  #device(name: string, site: StepSite): PlannedDevice {
    const device = this.#devices.get(name)
    if (device === undefined && name.startsWith('/')) {
      const paths = this.#house.nodes.map(({ path }) => path).join(', ')
      throw stepInvalid(
        site,
        `no plugin gives ${name}`,
        paths === '' ? 'add the plugin that does' : `there is ${paths}`,
      )
    }
    if (device === undefined) throw nameUnknown(name, 'a device', [...this.#devices.keys()], site)
    return device
  }

  /** By name; or, for a device's name, the file of it that is nearest: of this actor, this process, anybody. */
  #handle(name: string, site: StepSite, process: string, kinds: readonly string[]): PlannedHandle {
    const named = this.#named.get(name)
    const handle = named ?? (kinds.includes('file') ? this.#fileOf(name, site, process) : undefined)
    const wanted = kinds.filter((kind) => kind !== 'device' && kind !== 'actor').map((kind) => NOUNS[kind] ?? kind)
    if (handle === undefined || !kinds.includes(handle.kind)) {
      const known = [...this.#named.values()].filter((one) => kinds.includes(one.kind)).map((one) => one.name)
      throw nameUnknown(name, wanted.join(' or '), known, site)
    }
    checkMade(handle, site)
    return handle
  }

  #fileOf(device: string, site: StepSite, process: string): PlannedHandle | undefined {
    const files = this.#files.filter((file) => file.device?.name === device)
    const own = files.filter((file) => file.maker.actor === site.actor && file.maker.index < site.index)
    const others = files.filter((file) => file.maker.actor !== site.actor)
    return own.at(-1) ?? others.find((file) => file.maker.process === process) ?? others[0]
  }
}

/** **Errors** `STEP_INVALID` when its own actor makes it only later. */
function checkMade({ maker, name }: PlannedHandle, site: StepSite): void {
  if (maker.actor !== site.actor || maker.index < site.index) return
  throw stepInvalid(site, `${name} is made only in step ${maker.index + 1}`, 'make it first')
}

function neededOf(target: PlannedTarget, given: PlannedStep['given']): readonly PlannedHandle[] {
  const named = Object.values(given).flatMap((one) => ('open' in one ? [] : [one]))
  return target.kind === 'handle' ? [target.handle, ...named] : named
}

/** A process that did not make it is sent a descriptor. */
function use({ maker, users }: PlannedHandle, process: string): void {
  if (process !== maker.process) users.add(process)
}

function controlsOf({ kind, device, words }: PlannedHandle): Controls {
  if (kind === 'object') return words?.controls ?? {}
  if (kind === 'buffer') return BUFFER_CONTROLS
  return (kind === 'file' ? device?.exporter?.controls : device?.importer?.controls) ?? {}
}

/** Verbs on a device that only a driver which lends BARs makes sense of. */
const NEED_EXPORTER: readonly string[] = ['open', 'bind', 'unbind']
/** A client that is no PCI function. */
const MISC = 'misc'
/** Targets of an import that are no buffer: open or not. */
const NO_BUFFERS: Readonly<Record<string, boolean | undefined>> = { stdin: true, closed: false }

const siteOf = (actor: string, index: number, { place }: Step): StepSite =>
  place === undefined ? { actor, index } : { actor, index, place }
