/** The user space of a run: processes, their actors as threads, and the drivers bound before they start. */
import {
  type Bdf,
  type Device,
  type DeviceNode,
  type Devices,
  FACTS,
  type Fence,
  miscDevice,
  type Op,
  RamAllocator,
  type Run,
  TOPOLOGY,
  type Witness,
} from '@barter/core'
import type { Hardware } from '../hardware/index.ts'
import type { Scheduler } from '../kernel/scheduler.ts'
import type { SimKernel } from '../kernel/sim-kernel.ts'
import type { Thread } from '../kernel/thread.ts'
import { waitChain } from '../kernel/wait-for.ts'
import type { Watch } from '../kernel/watch.ts'
import type { RunTrace } from '../report/run-trace.ts'
import { ActorRun, type StepRecord } from './actor-run.ts'
import { Conditions } from './conditions.ts'
import { Drivers } from './drivers.ts'
import { Handles } from './handles.ts'
import { BufferFile, DeviceFile } from './open-file.ts'
import type { Plan, PlannedStep } from './plan.ts'
import { Process } from './process.ts'
import { askedIn } from './wait-steps.ts'

export interface SessionOptions {
  readonly plan: Plan
  readonly scheduler: Scheduler
  readonly kernel: SimKernel
  readonly trace: RunTrace
  readonly devices: Devices
  readonly witness: Witness
  /** Does the function answer no memory request now? */
  readonly isDark: (device: Bdf) => boolean
  /** Plugins as this run has them. */
  readonly run: Run
  /** Character devices of its importers. */
  readonly nodes: readonly DeviceNode[]
  readonly hardware: Hardware
  /** Group of each actor, while schedules are explored. */
  readonly groups?: ReadonlyMap<string, number>
  /** Told of a step that says how it ends and returned otherwise. */
  readonly unmet?: (actor: string, record: StepRecord) => void
}

export interface ActorRecords {
  readonly actor: string
  /** Its last step returned and its process, if it was the last of it, is gone. */
  readonly finished: boolean
  readonly steps: readonly StepRecord[]
}

/** **Shape** `planned`: the step; `undefined` when its process is ending. `isBehind`: it waits for a lock. */
export interface Stuck {
  readonly actor: string
  readonly planned: PlannedStep | undefined
  readonly why: string
  readonly isBehind: boolean
}

export class Session {
  readonly #options: SessionOptions
  readonly #handles: Handles
  readonly #drivers: Drivers
  readonly #actors: readonly ActorRun[]
  readonly #threads = new Map<string, Thread>()

  constructor(options: SessionOptions) {
    this.#options = options
    const { plan, kernel, trace, devices, witness, isDark, run, nodes, hardware, unmet } = options
    const { watch } = kernel
    const made = plan.actors.flatMap(({ steps }) => steps.flatMap(({ makes }) => makes ?? []))
    this.#handles = new Handles(made, watch, options.groups)
    this.#drivers = new Drivers({ devices, witness, hardware, run })
    const conditions = new Conditions(isDark, watch)
    const asked = askedIn(plan, devices)
    if (asked.size > 0) conditions.watch(trace, asked)
    const processes = processesOf(plan, watch, options.groups)
    const services = {
      kernel,
      drivers: this.#drivers,
      handles: this.#handles,
      conditions,
      processes,
      devices,
      run,
      nodes,
      ram: new RamAllocator(kernel, run.scope.get(TOPOLOGY), run.scope.get(FACTS).pageSize),
      hardware,
      clientCalled: clientsOf(plan, devices, kernel),
      actors: {
        thread: (actor: string) => this.#thread(actor),
        begin: (actor: string) => {
          this.#actor(actor).begin()
        },
        kill: (actor: string) => this.#kill(actor),
      },
    }
    this.#actors = plan.actors.map((actor) => {
      const process = processes.get(actor.process)
      if (process === undefined) throw new Error(`process ${actor.process} is not made`)
      const told = unmet === undefined ? undefined : (record: StepRecord) => unmet(actor.name, record)
      const group = options.groups?.get(actor.name)
      return new ActorRun(actor, process, services, trace, { unmet: told, group })
    })
  }

  /** Make the first thread: it binds the drivers, then starts the actors. */
  start(): void {
    this.#options.scheduler.spawn('boot', 'kernel', () => this.#boot())
  }

  /** For the scheduler. */
  died(thread: Thread): void {
    this.#actors.find((actor) => this.#threads.get(actor.planned.name) === thread)?.died(thread)
  }

  /** **Shape** `stopped`: why the run was, if it was stopped before everybody was through or blocked. */
  records(stopped: string | undefined): readonly ActorRecords[] {
    return this.#actors.map((actor) => {
      const thread = this.#threads.get(actor.planned.name)
      const finished = thread !== undefined && thread.death === undefined && thread.ended.signalled
      return { actor: actor.planned.name, finished, steps: actor.records(thread, stopped) }
    })
  }

  /** Every descriptor is closed by now, so nobody may be left who holds a buffer (INV-28). */
  checkLeftovers(witness: Witness): void {
    for (const file of this.#handles.files()) {
      if (!(file instanceof BufferFile)) continue
      const { name, references, attachments } = file.buffer
      if (references > 0) witness.leftover(`${count(references, 'reference')} to ${name}`, 'INV-28')
      for (const { device } of attachments) witness.leftover(`the attachment of ${device.name} to ${name}`, 'INV-28')
    }
  }

  /** Does a process have the device open that this thread unbinds? */
  isOpen(thread: Thread): boolean {
    const actor = this.#actors.find((one) => this.#threads.get(one.planned.name) === thread)
    const target = actor?.current?.target
    if (target?.kind !== 'device') return false
    const device = this.#drivers.device(target.device)
    const processes = this.#actors.map(({ process }) => process)
    return this.#handles
      .files()
      .some(
        (file) =>
          file instanceof DeviceFile && file.file.device === device && processes.some((process) => process.has(file)),
      )
  }

  /**
   * Who does not come back from the kernel. Who waits in a step that is a wait of user space tells a story of its own, which
   * may have missed what it waits for; and an unbind may wait for user space (TRG-15).
   */
  stuck(): readonly Stuck[] {
    return this.#actors.flatMap((actor) => {
      const { name } = actor.planned
      const thread = this.#threads.get(name)
      if (thread?.blockedSince === undefined || !actor.isInKernel) return []
      const { trap } = thread
      if (trap?.kind === 'wait' && trap.why === 'registration' && this.isOpen(thread)) return []
      return { actor: name, planned: actor.current, why: waitChain(thread), isBehind: trap?.kind === 'acquire' }
    })
  }

  *#boot(): Op<void> {
    const { plan, scheduler } = this.#options
    for (const device of plan.devices) yield* this.#drivers.probe(device)
    for (const actor of this.#actors) {
      const { name } = actor.planned
      const { process } = actor
      const thread = scheduler.spawn(name, 'user', () => actor.run(), this.#options.groups?.get(name))
      this.#threads.set(name, thread)
      if (process.isOfOne && scheduler.watch !== undefined) process.thread = thread
    }
  }

  #actor(name: string): ActorRun {
    const found = this.#actors.find((actor) => actor.planned.name === name)
    if (found === undefined) throw new Error(`there is no actor ${name}`)
    return found
  }

  /** **Shape** gives what signals when each thread of its process has ended. */
  #kill(actor: string): readonly Fence[] {
    const { process } = this.#actor(actor)
    process.killed.signal()
    const threads = this.#actors.filter((one) => one.process === process)
    for (const one of threads) one.begin()
    return threads.map((one) => this.#thread(one.planned.name).ended)
  }

  #thread(actor: string): Thread {
    const thread = this.#threads.get(actor)
    if (thread === undefined) throw new Error(`actor ${actor} was not started`)
    return thread
  }
}

function processesOf(
  plan: Plan,
  watch: Watch | undefined,
  groups: SessionOptions['groups'],
): ReadonlyMap<string, Process> {
  const processes = new Map<string, Process>()
  for (const { process } of plan.actors) {
    const actors = plan.actors.filter((actor) => actor.process === process)
    const group = actors.length === 1 ? groups?.get(actors[0]?.name ?? '') : undefined
    if (!processes.has(process)) processes.set(process, new Process(process, actors.length, watch, group))
  }
  return processes
}

/** Devices as `on` and `to` name them; `misc` is one that is no PCI function, the same for the whole run. */
function clientsOf(plan: Plan, devices: Devices, kernel: SimKernel): (name: string) => Device {
  const misc = miscDevice('misc', kernel)
  return (name) => {
    const planned = plan.devices.find((device) => device.name === name)
    return planned === undefined ? misc : devices.get(planned.at)
  }
}

const count = (n: number, noun: string): string => (n === 1 ? `a ${noun}` : `${n} ${noun}s`)
