/** What the driver needs of a run, resolved once when the run begins. */
import {
  HOOKS,
  KERNEL,
  type Kernel,
  numbering,
  type Scope,
  type SgtServices,
  sgtServices,
  type SystemHooks,
} from '@barter/core'
import type { UverbsOptions } from './options.ts'
import { PROTOCOLS, type Protocols } from './protocols.ts'

export interface UverbsServices extends SgtServices {
  readonly kernel: Kernel
  readonly hooks: SystemHooks
  readonly protocols: Protocols
  /** A number for the next buffer, unique in the run. */
  nextBuffer(): number
  /** The same for contexts. */
  nextContext(): number
}

export function uverbsServices(run: Scope, { protocols = {} }: UverbsOptions): UverbsServices {
  const kernel = run.get(KERNEL)
  return {
    ...sgtServices(run),
    kernel,
    hooks: run.get(HOOKS),
    protocols: { ...PROTOCOLS, ...protocols },
    nextBuffer: numbering(kernel, 'buffers'),
    nextContext: numbering(kernel, 'contexts'),
  }
}
