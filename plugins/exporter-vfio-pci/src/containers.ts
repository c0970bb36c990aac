/**
 * VFIO containers: who opens a device owns what its IOMMU group translates by. The kernel's own domain of the group is
 * out of use meanwhile, so addresses that a kernel driver gets for such a device lead nowhere.
 *
 * **Not modelled** the files of groups and containers: a group leaves its container when the driver is unbound, and not
 * when the last file of its devices is closed, as when a program keeps the group open; groups without an IOMMU have no
 * container to share (VFIO-63).
 */
import {
  type Device,
  FACTS,
  IOMMU_DOMAINS,
  type IommuDomain,
  type IommuDomains,
  KernelError,
  type Op,
  runningGroups,
  type Scope,
  TOPOLOGY,
  UsageError,
} from '@barter/core'

/** What a file is opened in when nothing is said. */
export const USUAL_CONTAINER = 'container'

interface Membership {
  readonly container: string
  /** Devices of the group that were opened and are still bound. */
  readonly devices: Set<Device>
}

export class Containers {
  readonly #domains: IommuDomains | undefined
  readonly #groupOf: (device: Device) => number | string
  readonly #byName = new Map<string, IommuDomain>()
  readonly #members = new Map<number | string, Membership>()

  constructor(run: Scope) {
    this.#domains = domainsOf(run)
    const topology = run.get(TOPOLOGY)
    const policy = run.get(FACTS).switches.has('BUG-44') ? 'kernel-7.3' : 'ideal'
    const groups = this.#domains === undefined ? undefined : runningGroups(topology, policy)
    this.#groupOf = (device) => groups?.get(device.bdf) ?? device.bdf
  }

  /** Put the group of a device into a container. **Errors** EBUSY when it is in another one. */
  *join(device: Device, container: string): Op<void> {
    const group = this.#groupOf(device)
    const known = this.#members.get(group)
    if (known !== undefined && known.container !== container) {
      throw new KernelError('EBUSY', 'VFIO-63', `the group of ${device.name} is in ${known.container} already`)
    }
    const membership = known ?? { container, devices: new Set() }
    this.#members.set(group, membership)
    membership.devices.add(device)
    if (known === undefined) yield* this.#attach(device, container)
  }

  /** The driver is gone from the device; with the last of its group the kernel's domain is back. */
  *leave(device: Device): Op<void> {
    const group = this.#groupOf(device)
    const known = this.#members.get(group)
    if (known?.devices.delete(device) !== true || known.devices.size > 0) return
    this.#members.delete(group)
    if (this.#domains !== undefined) yield* this.#domains.detach(device)
  }

  *#attach(device: Device, container: string): Op<void> {
    if (this.#domains === undefined) return
    const domain = this.#byName.get(container) ?? this.#domains.create(container)
    this.#byName.set(container, domain)
    yield* this.#domains.attach(device, domain)
  }
}

/** `undefined`: the machine has no IOMMU, or nobody plays it. */
function domainsOf(run: Scope): IommuDomains | undefined {
  if (run.get(FACTS).iommu.mode === 'none') return undefined
  try {
    return run.get(IOMMU_DOMAINS)
  } catch (error) {
    if (error instanceof UsageError && error.code === 'SERVICE_MISSING') return undefined
    throw error
  }
}
