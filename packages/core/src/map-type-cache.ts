/**
 * What the kernel remembers of a provider's clients (P2P-28). The intended kernel asks anew at each map; the real one
 * does not, and each way in which that goes wrong is a switch of its own.
 */
import { type Bdf, bdfParts } from './bdf.ts'
import type { Device } from './device.ts'
import type { MapType } from './p2p.ts'

export interface RecalledType {
  readonly mapType: MapType
  readonly rule: string
  readonly why: string
}

interface Remembered {
  readonly client: Bdf
  readonly mapType: MapType
  /** A function on the way did not answer when its control word was asked for. */
  readonly silent: boolean
}

export interface TypeCache {
  /** Every computation is stored, over what was there. **Shape** `silent`: a function on the way did not answer. */
  remember(client: Device, mapType: MapType, silent: boolean, switches: ReadonlySet<string>): void
  /** What is used instead of asking anew. **Shape** `undefined`: ask. */
  recall(client: Device, switches: ReadonlySet<string>): RecalledType | undefined
}

export class MapTypeCache implements TypeCache {
  readonly #types = new Map<Bdf | number, Remembered>()

  remember(client: Device, mapType: MapType, silent: boolean, switches: ReadonlySet<string>): void {
    this.#types.set(keyOf(client, switches), { client: client.bdf, mapType, silent })
  }

  recall(client: Device, switches: ReadonlySet<string>): RecalledType | undefined {
    const found = this.#types.get(keyOf(client, switches))
    if (found === undefined) return undefined
    const { mapType } = found
    if (found.client !== client.bdf) return { mapType, rule: 'P2P-29', why: `remembered for ${found.client}` }
    if (switches.has('BUG-39')) return { mapType, rule: 'P2P-28', why: 'remembered from an earlier map' }
    if (!found.silent || !switches.has('BUG-45')) return undefined
    return { mapType, rule: 'ACS-15', why: 'remembered from when a function on the way did not answer' }
  }
}

/** In full it tells functions apart as well as their names do. */
const keyOf = (client: Device, switches: ReadonlySet<string>): Bdf | number =>
  switches.has('BUG-34') ? cacheKey(client, true) : client.bdf

/**
 * Key of a client in the cache (P2P-28). `narrow` reproduces the kernel's 32-bit arithmetic, in which domains from
 * 0x10000 on collide with others (P2P-29, BUG-34).
 */
export function cacheKey(client: Device, narrow: boolean): number {
  const { domain, bus, device, function: fn } = bdfParts(client.bdf)
  const key = domain * 0x10000 + bus * 0x100 + device * 8 + fn
  return narrow ? key % 0x1_0000_0000 : key
}
