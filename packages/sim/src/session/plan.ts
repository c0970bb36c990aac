/** A scenario that was looked at: every step with its verb, its target and its arguments. Data; planner.ts makes it. */
import type { Bdf, DeviceNode, Exporter, HandleKind, Importer, ObjectType, Step, Verb } from '@barter/core'
import type { StepSite } from '../errors.ts'
import type { StepArgs } from './step-values.ts'

/** A device that the scenario names, with what its driver offers. */
export interface PlannedDevice {
  readonly name: string
  readonly at: Bdf
  readonly driver?: string
  readonly exporter?: Exporter
  readonly importer?: Importer
  /** Its driver is not bound when the run begins. */
  readonly unbound?: true
  /** No PCI function: only good as an importing device. */
  readonly notPci?: true
}

/** A thing that a step is to make. */
export interface PlannedHandle {
  /** As steps call it; `open nvme` without `as` is called `nvme`. */
  readonly name: string
  readonly kind: HandleKind
  /** Whose words it understands: of a file its device, of an import the importing one, of a buffer none. */
  readonly device: PlannedDevice | undefined
  /** Of an object: its type by name, and what that understands. */
  readonly type?: string
  readonly words?: ObjectType
  /** The node that it, or what it is in, was opened of. */
  readonly node?: DeviceNode
  readonly maker: { readonly actor: string; readonly index: number; readonly process: string }
  /** Processes that use it beside the maker's: they are sent a descriptor when it is made. */
  readonly users: Set<string>
}

export type PlannedTarget =
  | { readonly kind: 'device'; readonly device: PlannedDevice }
  | { readonly kind: 'handle'; readonly handle: PlannedHandle }
  | { readonly kind: 'actor'; readonly actor: string }
  | { readonly kind: 'node'; readonly node: DeviceNode }
  /** A descriptor that is no dma-buf, or none at all. */
  | { readonly kind: 'no-buffer'; readonly open: boolean }
  | { readonly kind: 'time' }

export interface PlannedStep {
  readonly site: StepSite
  readonly step: Step
  readonly text: string
  /** A common verb; else `step.verb` is a word of the target's driver. */
  readonly verb: Verb | undefined
  readonly target: PlannedTarget
  readonly args: StepArgs
  /** What arguments name, by argument; `open` or not: a descriptor that is nothing a step made. */
  readonly given: Readonly<Record<string, PlannedHandle | { readonly open: boolean }>>
  readonly makes: PlannedHandle | undefined
  /** What other steps have to make first: the target, and what arguments name. */
  readonly needs: readonly PlannedHandle[]
  /** `import`: the importing device. */
  readonly on: PlannedDevice | undefined
  /** A word that works without a descriptor. */
  readonly byHardware?: true
}

export interface PlannedActor {
  readonly name: string
  readonly process: string
  /** Begins when another actor's step says so. */
  readonly startedByOther: boolean
  readonly steps: readonly PlannedStep[]
}

export interface Plan {
  readonly devices: readonly PlannedDevice[]
  readonly actors: readonly PlannedActor[]
}
