/** All containers of a run: opened by their character device, or known by a name that steps give. */
import {
  atOnce,
  type ContainerKind,
  type DeviceNode,
  GROUP_OWNERS,
  IOMMU_DOMAINS,
  KERNEL,
  numbering,
  type Scope,
  type Shared,
  TOPOLOGY,
  type VfioContainers,
} from '@barter/core'
import { Container, type ContainerParts } from './container.ts'

export class Containers implements VfioContainers {
  readonly #run: Scope
  readonly #byName = new Map<string, Container>()
  /** For explorers: which names there are. */
  readonly #names: Shared
  readonly #next: () => number

  constructor(run: Scope) {
    this.#run = run
    const kernel = run.get(KERNEL)
    this.#names = kernel.shared('names of containers')
    this.#next = numbering(kernel, 'containers')
  }

  called(name: string, kind: ContainerKind): Container {
    this.#names.read()
    const known = this.#byName.get(name)
    if (known !== undefined) return known
    const made = new Container(this.#parts(), name, kind)
    this.#byName.set(name, made)
    this.#names.write()
    return made
  }

  /** One that goes with its last descriptor and the last file of a device in it. */
  opened(name: string | undefined, kind: ContainerKind): Container {
    return new Container(this.#parts(), name ?? `container ${this.#next()}`, kind)
  }

  #parts(): ContainerParts {
    const run = this.#run
    return {
      kernel: run.get(KERNEL),
      topology: run.get(TOPOLOGY),
      owners: run.get(GROUP_OWNERS),
      domains: run.find(IOMMU_DOMAINS),
    }
  }
}

/** /dev/vfio/vfio: `open` of it, with the `VFIO_SET_IOMMU` that follows. */
export const containerNode = (containers: Containers): DeviceNode => ({
  path: '/dev/vfio/vfio',
  opens: 'container',
  types: { container: { noun: 'a container', controls: {} } },
  open: ({ containerKind }, as) =>
    atOnce(() => containers.opened(as, containerKind === 'noiommu' ? 'noiommu' : 'type1')),
})
