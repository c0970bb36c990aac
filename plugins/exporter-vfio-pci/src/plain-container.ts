/**
 * Containers for when no plugin gives any: they own groups and translate by nothing, since nobody can map into them.
 */
import {
  type ContainerKind,
  type Device,
  FACTS,
  GROUP_OWNERS,
  type GroupOwners,
  IOMMU_DOMAINS,
  type IommuDomain,
  type IommuDomains,
  type Op,
  type Scope,
  VFIO_CONTAINERS,
  type VfioContainer,
  type VfioContainers,
} from '@barter/core'

export type ContainersByName = VfioContainers

/** Those of the plugin that has more to say of them, else plain ones. */
export function containersOf(run: Scope): ContainersByName {
  return run.find(VFIO_CONTAINERS) ?? plainContainers(run)
}

export function plainContainers(run: Scope): ContainersByName {
  const domains = run.get(FACTS).iommu.mode === 'none' ? undefined : run.find(IOMMU_DOMAINS)
  const known = new Map<string, PlainContainer>()
  return {
    called: (name, kind) => {
      const found = known.get(name) ?? new PlainContainer(run.get(GROUP_OWNERS), domains, name, kind)
      known.set(name, found)
      return found
    },
  }
}

export class PlainContainer implements VfioContainer {
  readonly type = 'container'
  readonly name: string
  readonly kind: ContainerKind
  readonly #owners: GroupOwners
  readonly #domains: IommuDomains | undefined
  #domain: IommuDomain | undefined

  constructor(owners: GroupOwners, domains: IommuDomains | undefined, name: string, kind: ContainerKind) {
    this.#owners = owners
    this.#domains = domains
    this.name = name
    this.kind = kind
  }

  *join(device: Device): Op<void> {
    const isNew = this.#owners.ownerOf(device) === undefined
    this.#owners.claim(device, this)
    if (!isNew || this.#domains === undefined) return
    this.#domain ??= this.#domains.create(this.name)
    yield* this.#domains.attach(device, this.#domain)
  }

  *leave(device: Device): Op<void> {
    if (this.#owners.release(device) && this.#domains !== undefined) yield* this.#domains.detach(device)
  }

  hold(): void {
    // Who names a container keeps it open.
  }

  *drop(): Op<void> {
    // So it never goes.
  }

  *close(): Op<void> {
    // No descriptor of it is ever given out.
  }
}
