/** What the driver needs of a run, resolved once when the run begins. */
import {
  BUS,
  type Bus,
  type Device,
  type Devices,
  DEVICES,
  FACTS,
  GROUP_OWNERS,
  type GroupOwners,
  IOMMU_DOMAINS,
  type IommuDomains,
  KERNEL,
  type Kernel,
  miscDevice,
  type Op,
  type ProtocolSteps,
  type Scope,
  TRACE,
  type Trace,
  WITNESS,
  type Witness,
} from '@barter/core'
import type { DmabufPages } from './dmabuf-pages.ts'
import type { IommufdOptions } from './options.ts'
import { PAGES_RELEASE, PAGES_REVOKE } from './revoke.ts'

export interface IommufdServices {
  readonly kernel: Kernel
  readonly trace: Trace
  readonly witness: Witness
  readonly bus: Bus
  readonly devices: Devices
  readonly owners: GroupOwners
  /** CPU page size in bytes. */
  readonly pageSize: bigint
  /** What attaches to buffers, whatever device an address space serves (IFD-3). */
  readonly self: Device
  /** Buffers are pinned; the first kernels did not (IFD-3, GEN-7). */
  readonly pins: boolean
  /** What the callback of a lent buffer does (IFD-8). */
  readonly revoke: ProtocolSteps<DmabufPages>
  readonly release: ProtocolSteps<DmabufPages>
  /** No IOMMU stands before any device. */
  readonly noIommu: boolean
  /** Run as code of iommufd, whose state all its files share. */
  inside<T>(work: Op<T>): Op<T>
  /** Asked for only when a domain is made: the machine may have none. **Errors** `UsageError` `SERVICE_MISSING`. */
  domains(): IommuDomains
}

export function iommufdServices(
  run: Scope,
  { revoke = PAGES_REVOKE, release = PAGES_RELEASE }: IommufdOptions,
): IommufdServices {
  const kernel = run.get(KERNEL)
  const part = kernel.part('iommufd')
  const { pageSize, generation, iommu } = run.get(FACTS)
  return {
    kernel,
    trace: run.get(TRACE),
    witness: run.get(WITNESS),
    bus: run.get(BUS),
    devices: run.get(DEVICES),
    owners: run.get(GROUP_OWNERS),
    pageSize: BigInt(pageSize),
    self: miscDevice('iommu', kernel),
    // GEN-7.
    pins: generation === 'G2r' || generation === 'G2',
    revoke,
    release,
    noIommu: iommu.mode === 'none',
    inside: (work) => kernel.inside(part, work),
    domains: () => run.get(IOMMU_DOMAINS),
  }
}
