/** A word of user space that a driver understands beside the common ones: an ioctl, a register write, a debugging call. */
import type { JsonSchema } from './scenario.ts'

export interface ControlSpec {
  /** One line for help and for the timeline. */
  readonly summary: string
  /** JSON Schema (2020-12) of its arguments, an object; what it acts on is not one of them. */
  readonly args: JsonSchema
  /** The device does it by itself, so it works after the last descriptor of the target is gone. */
  readonly byHardware?: true
  /** What it makes, to be named with `as`: a type of the same node. */
  readonly makes?: string
}

/** By word: `reset`, `configWrite`, … */
export type Controls = Readonly<Record<string, ControlSpec>>
