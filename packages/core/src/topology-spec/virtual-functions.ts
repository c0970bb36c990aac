/** Virtual functions of a spec: their numbers, which come behind every device that was enumerated. */
import { type Bdf, bdfParts, formatBdf } from '../bdf.ts'
import type { PlannedFunction } from './planned.ts'
import { specError } from './spec-error.ts'

/** Default id of a virtual function: the one of the physical function plus one, as many vendors count. */
export const virtualDevice = (device: number): number => (device + 1) % 0xffff

/**
 * Make the virtual functions of `physical`: the first run of free numbers from the next device on.
 * **Shape** `taken`: the devfn numbers in use on the bus; gains the new ones.
 */
export function planVirtual(physical: PlannedFunction, taken: Map<number, string>): PlannedFunction[] {
  const { vfs, endpoint } = physical
  if (vfs === undefined || endpoint === undefined) return []
  const parts = bdfParts(physical.bdf)
  const own = parts.device * 8 + parts.function
  const first = freeRun((parts.device + 1) * 8, vfs.count, taken)
  if (first === undefined) {
    throw specError(`${physical.where}.vfs`, `${vfs.count} virtual functions do not fit on the bus`, 'ask for fewer')
  }
  vfs.offset = first - own
  return Array.from({ length: vfs.count }, (_, index): PlannedFunction => {
    const number = first + index
    taken.set(number, `${physical.where}.vfs`)
    const bdf: Bdf = formatBdf({ ...parts, device: Math.floor(number / 8), function: number % 8 })
    return {
      where: `${physical.where}.vfs`,
      bdf,
      parent: physical.parent,
      hostBridge: physical.hostBridge,
      kind: physical.kind,
      pcie: true,
      identity: { ...physical.identity, device: vfs.device },
      acs: null,
      bars: [],
      virtual: { of: physical, index },
    }
  })
}

function freeRun(from: number, count: number, taken: ReadonlyMap<number, string>): number | undefined {
  for (let first = from; first + count <= 256; first++) {
    if (Array.from({ length: count }, (_, i) => first + i).every((number) => !taken.has(number))) return first
  }
  return undefined
}
