/**
 * Devices that no IOMMU stands before: the driver takes them only while a module parameter says so, and lets only
 * privileged processes open them. What they lend works as with an IOMMU; only nothing stops a device after a revoke (VFIO-63).
 */
import {
  type ContainerKind,
  type Device,
  type Facts,
  type Kernel,
  KernelError,
  type OpenOptions,
  type Shared,
  type Trace,
} from '@barter/core'

/** `enable_unsafe_noiommu_mode` of the VFIO module. */
export const NOIOMMU_PARAMETER = 'enable_unsafe_noiommu_mode'

export class WithoutIommu {
  #allowed: boolean
  readonly #shared: Shared
  readonly #applies: boolean
  readonly #trace: Trace

  constructor(kernel: Kernel, facts: Facts, trace: Trace, allowed: boolean) {
    this.#applies = facts.iommu.mode === 'none'
    this.#trace = trace
    this.#allowed = allowed
    this.#shared = kernel.shared(NOIOMMU_PARAMETER)
  }

  /** The parameter, which may change while devices are bound. */
  get allowed(): boolean {
    this.#shared.readValue(this.#allowed ? 1 : 0)
    return this.#allowed
  }

  set allowed(allowed: boolean) {
    this.#allowed = allowed
    this.#shared.writeValue(allowed ? 1 : 0)
  }

  /** A group is made up for the device, which taints the kernel. **Errors** EINVAL while the parameter is off. */
  checkProbe(device: Device): void {
    if (!this.#applies) return
    if (!this.allowed) throw new KernelError('EINVAL', 'VFIO-63', `${device.name} has no IOMMU group`)
    this.#trace.emit({
      kind: 'log',
      message: `${device.name}: the kernel is tainted: VFIO without IOMMU`,
      rule: 'VFIO-63',
      code: 'noiommu-taint',
      about: { device: device.name },
    })
  }

  /** **Errors** EPERM for a process without CAP_SYS_RAWIO, by either door. */
  checkProcess(device: Device, { rawio = true }: OpenOptions): void {
    if (this.#applies && !rawio) {
      throw new KernelError('EPERM', 'VFIO-63', `${device.name} is opened without CAP_SYS_RAWIO`)
    }
  }

  /** Devices have none before them. */
  get applies(): boolean {
    return this.#applies
  }

  /** What their containers are. */
  get containerKind(): ContainerKind {
    return this.#applies ? 'noiommu' : 'type1'
  }

  /**
   * **Shape** `kind`: of the container; an iommufd in the place of one is of any. **Errors** ENODEV for a container of the
   * other kind, and when the parameter was switched off since.
   */
  checkContainer(device: Device, kind: ContainerKind | undefined): void {
    if (kind !== undefined && kind !== this.containerKind) {
      throw new KernelError('ENODEV', 'VFIO-63', `${device.name} needs a container of kind ${this.containerKind}`)
    }
    if (this.#applies && !this.allowed) {
      throw new KernelError('ENODEV', 'VFIO-63', `${NOIOMMU_PARAMETER} is off, so no container takes ${device.name}`)
    }
  }
}
