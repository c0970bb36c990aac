/** The plugins of this house by short name. Names only: each is imported when a scenario asks for it. */
export interface FirstParty {
  readonly package: string
  /** The factory among the package's exports. */
  readonly factory: string
  /** Drivers it gives. */
  readonly drivers: readonly string[]
  /** Character devices it gives. */
  readonly nodes?: readonly string[]
}

export const FIRST_PARTY: Readonly<Record<string, FirstParty>> = {
  // Needs to be told where the memory is, so it never comes by need.
  'exporter-nvgrace-gpu': { package: '@barter/exporter-vfio-pci', factory: 'nvgraceGpu', drivers: [] },
  'exporter-uverbs': { package: '@barter/exporter-uverbs', factory: 'uverbs', drivers: ['uverbs'] },
  'exporter-vfio-pci': { package: '@barter/exporter-vfio-pci', factory: 'vfioPci', drivers: ['vfio-pci'] },
  'importer-drm': {
    package: '@barter/importer-drm',
    factory: 'drm',
    drivers: ['amdgpu', 'xe', 'virtio-gpu', 'prime'],
  },
  'importer-iommufd': {
    package: '@barter/importer-iommufd',
    factory: 'iommufd',
    drivers: ['iommufd'],
    nodes: ['/dev/iommu'],
  },
  'importer-probe': { package: '@barter/importer-probe', factory: 'probe', drivers: ['probe'] },
  'importer-rdma': {
    package: '@barter/importer-rdma',
    factory: 'rdma',
    drivers: ['mlx5', 'mlx5-data-direct', 'irdma'],
  },
  'legacy-map-resource': {
    package: '@barter/legacy-map-resource',
    factory: 'mapResource',
    drivers: ['vfio-pci-map-resource'],
  },
  'legacy-pgmap': { package: '@barter/legacy-pgmap', factory: 'pgmap', drivers: ['p2pmem'] },
  'legacy-type1': {
    package: '@barter/legacy-type1',
    factory: 'type1',
    drivers: ['type1'],
    nodes: ['/dev/vfio/vfio'],
  },
  'platform-acs': { package: '@barter/platform-acs', factory: 'acs', drivers: [] },
  'platform-bus-offset': { package: '@barter/platform-bus-offset', factory: 'busOffset', drivers: [] },
  'platform-hazard': { package: '@barter/platform-hazard', factory: 'hazard', drivers: [] },
  'platform-iommu': { package: '@barter/platform-iommu', factory: 'iommu', drivers: [] },
  'platform-no-pgmap': { package: '@barter/platform-no-pgmap', factory: 'noPgmap', drivers: [] },
  sim: { package: '@barter/sim', factory: 'sim', drivers: [] },
}

export const FIRST_PARTY_NAMES = Object.keys(FIRST_PARTY)

export const FIRST_PARTY_DRIVERS = Object.values(FIRST_PARTY).flatMap(({ drivers }) => drivers)

export const FIRST_PARTY_NODES = Object.values(FIRST_PARTY).flatMap(({ nodes = [] }) => nodes)

/** `@barter/platform-acs` or `platform-acs` -> `platform-acs`; `undefined` when it is not ours. */
export function firstPartyName(name: string): string | undefined {
  const short = name.startsWith('@barter/') ? name.slice('@barter/'.length) : name
  return Object.hasOwn(FIRST_PARTY, short) ? short : undefined
}

/** One plugin has one: of ours the short name, of others the name as it is. */
export const usualName = (name: string): string => firstPartyName(name) ?? name

/** The plugin of ours that gives a driver, or a character device by its path. */
export function firstPartyFor(driver: string): string | undefined {
  return FIRST_PARTY_NAMES.find((name) => {
    const { drivers = [], nodes = [] } = FIRST_PARTY[name] ?? {}
    return drivers.includes(driver) || nodes.includes(driver)
  })
}
