/** A translation domain of an address space (`IOMMU_HWPT_ALLOC`), made for a device; others of the same kind may share it. */
import { done, type KernelObject, type Op } from '@barter/core'
import type { TableDomain } from './area.ts'
import type { BoundDevice } from './bound-device.ts'
import type { Ioas } from './ioas.ts'

export class Hwpt implements KernelObject {
  readonly type = 'hwpt'
  readonly name: string
  readonly ioas: Ioas
  readonly domain: TableDomain
  /** The kernel made it by itself, and takes it away with the last device. */
  readonly automatic: boolean
  readonly devices = new Set<BoundDevice>()

  constructor(name: string, ioas: Ioas, domain: TableDomain, automatic: boolean) {
    this.name = name
    this.ioas = ioas
    this.domain = domain
    this.automatic = automatic
    ioas.hwpts.push(this)
  }

  /** Fill it with all that is mapped. **Errors** those of the table; it is not there then. */
  *fill(): Op<void> {
    try {
      yield* this.ioas.table.addDomain(this.domain)
    } catch (error) {
      this.forget()
      throw error
    }
  }

  /** No device translates by it any more. */
  *destroy(): Op<void> {
    this.forget()
    yield* this.ioas.table.removeDomain(this.domain)
  }

  /** It lives until it is destroyed. */
  close(): Op<void> {
    return done(undefined)
  }

  /** The address space does not know it any more. */
  forget(): void {
    const at = this.ioas.hwpts.indexOf(this)
    if (at >= 0) this.ioas.hwpts.splice(at, 1)
  }
}
