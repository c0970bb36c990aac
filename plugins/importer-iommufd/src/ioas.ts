/** An address space (`IOMMU_IOAS_ALLOC`): a table, and the domains that the kernel made of it. */
import { type ControlCall, done, type KernelObject, type Op, type StepValue } from '@barter/core'
import type { Context } from './context.ts'
import { spaceWord } from './handlers.ts'
import type { Hwpt } from './hwpt.ts'
import { IoPagetable } from './io-pagetable.ts'
import type { IommufdServices } from './services.ts'

export class Ioas implements KernelObject {
  readonly type = 'ioas'
  readonly context: Context
  readonly table: IoPagetable
  /** Domains of it, in the order in which they were made. */
  readonly hwpts: Hwpt[] = []
  /** How its maker calls it; the kernel has a number for it. `undefined`: nobody did yet. */
  called: string | undefined

  constructor(services: IommufdServices, context: Context, called: string | undefined) {
    this.context = context
    this.called = called
    this.table = new IoPagetable(services, called ?? `space of ${context.name}`)
  }

  get name(): string {
    return this.called ?? `an address space of ${this.context.name}`
  }

  control(word: string, args: Readonly<Record<string, StepValue>>, call: ControlCall): Op<StepValue> {
    return this.context.services.inside(spaceWord(this.context, word, args, call, this))
  }

  /** It lives until it is destroyed, or its iommufd is gone. */
  close(): Op<void> {
    return done(undefined)
  }
}
