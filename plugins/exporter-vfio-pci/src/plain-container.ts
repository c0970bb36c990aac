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
  KERNEL,
  type Op,
  type Scope,
  type Shared,
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
  const kernel = run.get(KERNEL)
  const names = kernel.shared('names of containers')
  return {
    called: (name, kind) => {
      names.read()
      const found = known.get(name)
      if (found !== undefined) return found
      const domain = kernel.shared('domain of a container')
      const made = new PlainContainer({ owners: run.get(GROUP_OWNERS), domains, domain }, name, kind)
      known.set(name, made)
      names.write()
      return made
    },
  }
}

interface PlainParts {
  readonly owners: GroupOwners
  readonly domains: IommuDomains | undefined
  /** For explorers: whether it has a domain. */
  readonly domain: Shared
}

class PlainContainer implements VfioContainer {
  readonly type = 'container'
  readonly name: string
  readonly kind: ContainerKind
  readonly #parts: PlainParts
  #domain: IommuDomain | undefined

  constructor(parts: PlainParts, name: string, kind: ContainerKind) {
    this.#parts = parts
    this.name = name
    this.kind = kind
  }

  /** **Locks** the caller keeps others from the group of the device. */
  *join(device: Device): Op<void> {
    const { owners, domains, domain } = this.#parts
    const isNew = owners.ownerOf(device) === undefined
    owners.claim(device, this)
    if (!isNew || domains === undefined) return
    domain.readValue(this.#domain === undefined ? 0 : 1)
    if (this.#domain === undefined) {
      this.#domain = domains.create(this.name)
      domain.writeValue(1)
    }
    yield* domains.attach(device, this.#domain)
  }

  /** What it translates by goes first: the next owner may let it translate at once. **Locks** as `join`. */
  *leave(device: Device): Op<void> {
    const { owners, domains } = this.#parts
    if (owners.isLast(device) && domains !== undefined) yield* domains.detach(device)
    owners.release(device)
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
