/** One system call of a scenario: the step, who makes it, and what it can reach. */
import {
  type ControlCall,
  type Device,
  type DeviceNode,
  type Devices,
  DmaBuf,
  type Fence,
  type GivenObject,
  hashOfText,
  KernelError,
  type Op,
  type RamAllocator,
  type Run,
  type StepResult,
  type StepValue,
} from '@barter/core'
import type { Hardware } from '../hardware/index.ts'
import type { Thread } from '../kernel/thread.ts'
import type { SimKernel } from '../kernel/sim-kernel.ts'
import type { Conditions } from './conditions.ts'
import type { Drivers } from './drivers.ts'
import type { Handles } from './handles.ts'
import { BufferFile, ObjectFile, type OpenFile } from './open-file.ts'
import type { PlannedHandle, PlannedStep } from './plan.ts'
import type { Process } from './process.ts'

export interface SessionServices {
  readonly kernel: SimKernel
  readonly drivers: Drivers
  readonly handles: Handles
  readonly conditions: Conditions
  /** By name. */
  readonly processes: ReadonlyMap<string, Process>
  readonly actors: Actors
  readonly devices: Devices
  readonly run: Run
  /** Character devices as this run has them. */
  readonly nodes: readonly DeviceNode[]
  readonly ram: RamAllocator
  readonly hardware: Hardware
  /** A device by the name that the scenario gives it, or the one that is no PCI function. */
  readonly clientCalled: (name: string) => Device
}

/** Actors by name, for steps that are about others. */
interface Actors {
  thread(actor: string): Thread
  begin(actor: string): void
  /** **Shape** gives what signals when each thread of its process has ended. */
  kill(actor: string): readonly Fence[]
}

/** `each`: the single results of a step that was done several times. */
export interface Performed {
  readonly result: StepResult
  readonly each?: readonly StepResult[]
}

export class StepCall {
  readonly planned: PlannedStep
  readonly process: Process
  readonly services: SessionServices
  readonly #settles: ((known: string) => void) | undefined

  /** **Shape** `settles`: as `settle`, while schedules are explored. */
  constructor(planned: PlannedStep, process: Process, services: SessionServices, settles?: (known: string) => void) {
    this.planned = planned
    this.process = process
    this.services = services
    this.#settles = settles
  }

  /** Between two calls of one step: the process knows what they gave back so far, and nothing else of them. */
  settle(known: () => string): void {
    this.#settles?.(known())
  }

  /** The handle that the step acts on. */
  get handle(): PlannedHandle {
    const { target } = this.planned
    if (target.kind !== 'handle') throw new Error(`${this.planned.text} acts on no handle`)
    return target.handle
  }

  /** What it makes is sent to other processes. */
  get isSent(): boolean {
    return (this.planned.makes?.users.size ?? 0) > 0
  }

  /** The file behind the handle, whether or not a descriptor of it is left. */
  get file(): OpenFile {
    const file = this.services.handles.file(this.handle)
    if (file === undefined) throw new Error(`${this.handle.name} is not made`)
    return file
  }

  /**
   * Look the descriptor up and keep the file open for as long as `body` runs, as a system call does.
   * **Errors** EBADF when the process has given it back (DMB-4).
   */
  *withFile<K extends OpenFile['kind'], T>(kind: K, body: (file: FileOf<K>) => Op<T>): Op<T> {
    const { file } = this
    if (file.kind !== kind) throw new Error(`${this.handle.name} is not of kind ${kind}`)
    if (!this.process.has(file)) {
      throw new KernelError('EBADF', 'DMB-4', `${this.process.name} has no descriptor of ${this.handle.name}`)
    }
    file.hold()
    try {
      return yield* body(file as FileOf<K>)
    } finally {
      yield* file.drop()
    }
  }

  /**
   * Look up what the arguments name, and keep it for as long as `body` runs. A descriptor that was given back is told as
   * such: when that is an error is the driver's matter.
   */
  *withGiven<T>(body: (call: ControlCall) => Op<T>): Op<T> {
    const held: AnyFile[] = []
    const given: Record<string, GivenObject> = {}
    for (const [key, named] of Object.entries(this.planned.given)) {
      const file = 'open' in named ? undefined : (this.services.handles.file(named) as AnyFile | undefined)
      if (file === undefined || !this.process.has(file)) {
        given[key] = { kind: 'open' in named && named.open ? 'other' : 'closed' }
        continue
      }
      file.hold()
      held.push(file)
      given[key] = givenObject(file)
    }
    const made: ControlCall['made'] = (what) => {
      this.made(what instanceof DmaBuf ? new BufferFile(what) : new ObjectFile(this.services.kernel, what))
    }
    try {
      const { as } = this.planned.step
      return yield* body(as === undefined ? { given, made } : { given, made, as })
    } finally {
      for (const file of held) yield* file.drop()
    }
  }

  /**
   * Put what was made into the tables of this process and of those it is sent to, as far as they are there still. The
   * caller's reference goes along.
   */
  made(file: OpenFile): void {
    const handle = this.planned.makes
    this.process.install(file)
    if (handle === undefined) return
    for (const user of handle.users) {
      const process = this.services.processes.get(user)
      if (process === undefined || process.isGone()) continue
      file.hold()
      process.install(file, hashOfText(`${handle.maker.index} of ${handle.maker.actor}`))
    }
    this.services.handles.made(handle, file)
  }
}

export const ok = (value?: StepValue): Performed => ({
  result: value === undefined ? { kind: 'ok' } : { kind: 'ok', value },
})

function givenObject(file: AnyFile): GivenObject {
  switch (file.kind) {
    case 'buffer':
      return { kind: 'buffer', buffer: file.buffer }
    case 'object':
      return { kind: 'object', object: file.object }
    case 'mapping':
      return { kind: 'mapping', mapping: file.mapping }
    case 'file':
      return { kind: 'file', file: file.file }
    case 'import':
      return { kind: 'other' }
  }
}

type FileOf<K extends OpenFile['kind']> = Extract<AnyFile, { readonly kind: K }>
type AnyFile =
  | import('./open-file.ts').DeviceFile
  | import('./open-file.ts').BufferFile
  | import('./open-file.ts').ImportFile
  | import('./open-file.ts').MappingFile
  | import('./open-file.ts').ObjectFile
