/** A scenario as plain data: who is there, what each does in user-space words, and what must hold. */
import type { Errno } from './errno.ts'
import type { Signal } from './errors.ts'

/** A value in a step's arguments or in its outcome. u64 values are `bigint`. */
export type StepValue =
  string | number | bigint | boolean | null | readonly StepValue[] | { readonly [key: string]: StepValue }
export type JsonSchema = Readonly<Record<string, unknown>>

export interface SourcePlace {
  readonly line: number
  readonly column: number
}

/** How a step is to end: well, with an errno, with a completion in error, by a signal, or any of several. */
export type Expected = 'ok' | 'error' | Errno | Signal

export interface Step {
  /** `open`, `export`, `import`, `read`, `write`, `close`, `wait`, … or a control of the device's driver, such as `reset`. */
  readonly verb: string
  /** What it acts on: a device's name, or the name that an earlier step gave with `as`. */
  readonly target: string
  readonly args: Readonly<Record<string, StepValue>>
  /** Name for what the step made. */
  readonly as?: string
  readonly expect?: readonly Expected[]
  readonly place?: SourcePlace
}

/** Does its steps from the beginning of the run, or from when a `start` step of another names it. */
export interface Actor {
  /** As people would say it: `vmm`, `nic`. */
  readonly name: string
  /** Actors of one process share its file descriptors; each is a process of its own unless told. */
  readonly process?: string
  readonly steps: readonly Step[]
}

/** What must hold at the end, beside the `expect` of each step. */
export type Expectation =
  /** No violation, or none of this invariant. */
  | { readonly kind: 'no-violation'; readonly invariant?: string }
  /** The oracle must find one: a specimen of a broken way. */
  | { readonly kind: 'violation'; readonly invariant: string }
  /** Nobody is blocked at the end. */
  | { readonly kind: 'all-finish' }
  /**
   * What steps say of their ends holds while nobody is late, as in a run: whoever explores its schedules does not hold
   * them to it.
   */
  | { readonly kind: 'usual-order' }
  /** Somebody must be. */
  | { readonly kind: 'blocks'; readonly actor: string }

export interface Scenario {
  readonly title: string
  /** A paragraph: why anyone cares. */
  readonly about?: string
  /** Names of devices, with the driver that is bound to each. */
  readonly devices: Readonly<Record<string, DeviceBinding>>
  readonly actors: readonly Actor[]
  readonly expect: readonly Expectation[]
}

export interface DeviceBinding {
  readonly at: import('./bdf.ts').Bdf
  readonly driver?: string
  /** False: the driver is not bound when the run begins; a step may bind it. */
  readonly bind?: boolean
}
