import type { Device, MapType, RecalledType, TypeCache } from '@barter/core'
import { bug } from '../bug.ts'
import { step } from '../house.ts'
import { twoDomains, twoDrives } from '../machines.ts'
import type { Story } from '../story.ts'
import { withExporter } from '../wrap.ts'

/** Remembers for good, by a key of its own. */
class OwnCache implements TypeCache {
  readonly #key: (client: Device) => string
  readonly #types = new Map<string, MapType>()

  constructor(key: (client: Device) => string) {
    this.#key = key
  }

  remember(client: Device, mapType: MapType): void {
    this.#types.set(this.#key(client), mapType)
  }

  recall(client: Device): RecalledType | undefined {
    const mapType = this.#types.get(this.#key(client))
    return mapType === undefined ? undefined : { mapType, rule: 'P2P-28', why: 'remembered' }
  }
}

/** **Shape** `next`: the cache of the next device that is bound, in a new run. */
const withCaches = (inRun: () => () => TypeCache) =>
  withExporter((exporter) => {
    const next = inRun()
    const probe = exporter.probe.bind(exporter)
    exporter.probe = function* (device) {
      yield* probe(device)
      if (device.p2p !== undefined) device.p2p = { ...device.p2p, cache: next() }
    }
  })

const oneForAll = withCaches(() => {
  const shared = new OwnCache(({ bdf }) => bdf)
  return () => shared
})
const withoutDomain = withCaches(() => () => new OwnCache(({ bdf }) => bdf.slice(bdf.indexOf(':'))))

const nearAndFar: Story = {
  title: 'a NIC maps a near drive and a far one',
  actors: {
    vmm: [
      step('open', 'nvme'),
      step('export', 'nvme', { bar: 0, as: 'near' }),
      step('open', 'far'),
      step('export', 'far', { bar: 0, as: 'distant' }),
      step('import', 'near', { on: 'nic', as: 'one' }),
      step('import', 'distant', { on: 'nic', as: 'two' }),
    ],
  },
  house: { machine: twoDrives, also: { far: 'vfio-pci' } },
}

const namesakes: Story = {
  title: 'two NICs of the same number in two domains map one drive',
  actors: {
    vmm: [
      step('open', 'nvme'),
      step('export', 'nvme', { bar: 0, as: 'buf' }),
      step('import', 'buf', { on: 'nic', as: 'one' }),
      step('import', 'buf', { on: 'namesake', as: 'two' }),
    ],
  },
  house: { machine: twoDomains, also: { namesake: 'nic' } },
}

export const BUG_73 = bug(
  'BUG-73',
  {
    what: 'map type cache: all providers share one',
    story: nearAndFar,
    wrong: { wrap: oneForAll },
    found: { invariant: 'INV-20' },
  },
  {
    what: 'map type cache: the domain is left out of the key',
    story: namesakes,
    wrong: { wrap: withoutDomain },
    found: { invariant: 'INV-20' },
  },
)
