/**
 * Which parts of a scenario are exact copies of each other: actors that do the same with devices of the same kind in the
 * same place of the machine. Schedules that differ only in which of them did what are one schedule.
 */
import {
  type Actor,
  PCI_BASE_ADDRESS_0,
  PCI_INTERRUPT_LINE,
  type PciFunction,
  readAcs,
  runningGroups,
  type Scenario,
  type Step,
  type StepValue,
  type System,
  type Topology,
} from '@barter/core'

/** The expansion ROM of an endpoint. */
const PCI_ROM_ADDRESS = 0x30

export interface Groups {
  /** Group of each actor. */
  readonly ofActor: ReadonlyMap<string, number>
  /** Group of a device that one actor alone imports for; -1 for any other. */
  readonly ofDevice: (name: string) => number
  /** The same number for all of a class. */
  readonly classes: readonly number[]
  /** A name as its group would use it, so that copies call what they have alike: without the names that are its own. */
  readonly withoutOwn: (name: string, group: number) => string
}

export function groupsOf(scenario: Scenario, system: System): Groups {
  const ofActor = new Map(scenario.actors.map((actor, i) => [actor.name, i]))
  const owners = ownersOf(scenario)
  const looks = scenario.actors.map((actor) => lookOf(scenario, system, actor.name, owners))
  const own = scenario.actors.map((actor) => ownNames(actor, owners))
  return {
    ofActor,
    ofDevice: (name) => ofActor.get(owners.get(name) ?? '') ?? -1,
    classes: looks.map((look) => looks.indexOf(look)),
    withoutOwn: (name, group) => (own[group] ?? []).reduce((text, mine, i) => text.split(mine).join(`own ${i}`), name),
  }
}

/** Devices that one actor alone names. */
function ownersOf(scenario: Scenario): ReadonlyMap<string, string> {
  const users = new Map<string, Set<string>>()
  for (const actor of scenario.actors) {
    for (const step of actor.steps) {
      for (const name of [step.target, ...wordsIn(step.args)]) {
        if (!(name in scenario.devices)) continue
        users.set(name, (users.get(name) ?? new Set()).add(actor.name))
      }
    }
  }
  return new Map([...users].flatMap(([device, actors]) => (actors.size === 1 ? [[device, [...actors][0] ?? '']] : [])))
}

/** What an actor makes, the devices that it alone names, and itself; in an order that copies share. */
function ownNames(actor: Actor, owners: ReadonlyMap<string, string>): readonly string[] {
  const made = actor.steps.flatMap((step) => step.as ?? [])
  const devices = [...owners].flatMap(([device, owner]) => (owner === actor.name ? [device] : []))
  return [...made, ...devices, actor.name]
}

/** What an actor does, with the names that are its own taken out. */
function lookOf(scenario: Scenario, system: System, name: string, owners: ReadonlyMap<string, string>): string {
  const actor = scenario.actors.find((one) => one.name === name)
  if (actor === undefined) return name
  const names = new Map<string, string>()
  for (const step of actor.steps) if (step.as !== undefined) names.set(step.as, `made ${names.size}`)
  for (const [device, owner] of owners) if (owner === name) names.set(device, deviceLook(scenario, system, device))
  const mentioned = scenario.actors.some(
    (other) => other !== actor && other.steps.some((step) => mentions(step, [name, ...names.keys()])),
  )
  const expected = scenario.expect.some((one) => one.kind === 'blocks' && one.actor === name)
  // Others tell it from its likes, or a place may fail for one of them.
  const fails = system.hooks.fault.taps.length > 0
  if (fails || mentioned || expected || actor.process !== undefined) return `only ${name}`
  return JSON.stringify(actor.steps.map((step) => stepLook(step, names)))
}

const mentions = (step: Step, names: readonly string[]): boolean =>
  names.includes(step.target) || wordsIn(step.args).some((word) => names.includes(word))

/** Any of them may be a name: those of a hot reset stand in a list. */
function wordsIn(value: StepValue): readonly string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(wordsIn) : []
}

function stepLook({ verb, target, args, as, expect }: Step, names: ReadonlyMap<string, string>): unknown {
  const renamed = (value: StepValue): unknown => {
    if (typeof value === 'bigint') return `${value}`
    if (typeof value === 'string') return names.get(value) ?? value
    return typeof value === 'object' && value !== null
      ? Object.entries(value).map(([key, one]) => [key, renamed(one)])
      : value
  }
  return [verb, names.get(target) ?? target, renamed(args), as === undefined ? null : names.get(as), expect ?? null]
}

/** Kind and place: all that is known of the function but where it lies, and the bridges above it with what they do to peer traffic. */
function deviceLook({ devices }: Scenario, { topology }: System, name: string): string {
  const binding = devices[name]
  if (binding === undefined) return name
  const fn = topology.get(binding.at)
  const look = topology.chain(fn).map((one, i) => [
    // The same bridges from the second on.
    i > 1 ? one.bdf : '',
    [one.kind, one.hostBridge, one.vendor, one.device, one.classCode, one.dmaMaskBits, one.resetMethods],
    [one.pcie, one.nonMappableBars, one.bridgesHidden, one.externalFacing, one.physicalFunction],
    one.bars.map((bar) => [bar.index, bar.kind, bar.length]),
    readAcs(one.config),
  ])
  const own = [binding.driver ?? '', binding.bind ?? true, sharedGroup(topology, fn), registersOf(fn)]
  return JSON.stringify([own, look], (_, value: unknown) => value ?? 'unknown')
}

/** The IOMMU group that it shares with other devices; copies may be in one. **Shape** -1: no other is in its group. */
function sharedGroup(topology: Topology, { bdf }: PciFunction): number {
  const groups = runningGroups(topology, 'kernel-7.3')
  const group = groups.get(bdf) ?? -1
  const isOther = (one: PciFunction): boolean =>
    one.kind === 'endpoint' && one.bdf !== bdf && groups.get(one.bdf) === group
  return topology.functions.some(isOther) ? group : -1
}

/** Those that a driver may look at and act upon: not where its BARs lie, nor which interrupt it has. */
function registersOf({ config }: PciFunction): string {
  const registers = config.bytes.slice()
  for (const [first, end] of WHERE_IT_LIES) registers.fill(0, first, end)
  return registers.join()
}

const WHERE_IT_LIES = [
  [PCI_BASE_ADDRESS_0, PCI_BASE_ADDRESS_0 + 6 * 4],
  [PCI_ROM_ADDRESS, PCI_ROM_ADDRESS + 4],
  [PCI_INTERRUPT_LINE, PCI_INTERRUPT_LINE + 1],
] as const
