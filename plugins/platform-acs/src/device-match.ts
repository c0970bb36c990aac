/**
 * How the kernel's command line names PCI functions: `[dddd:]bb:dd.f`, a path `[dddd:]bb:dd.f/dd.f/…` from a bridge
 * down, or ids `pci:vendor:device[:subvendor:subdevice]`, where 0 stands for any (`pci_dev_str_match()`).
 */
import { bdfParts, type ConfigSpace, parseBdf, type PciFunction, type Topology } from '@barter/core'

type DeviceMatch = (topology: Topology, fn: PciFunction) => boolean

export interface ParsedMatch {
  /** By place in this machine, or by ids, which need not be there. */
  readonly by: 'place' | 'ids'
  readonly matches: DeviceMatch
}

const PCI_SUBSYSTEM_VENDOR_ID = 0x2c
const PCI_CAP_ID_SSVID = 0x0d
const IDS = /^pci:([0-9a-f]{1,4}):([0-9a-f]{1,4})(?::([0-9a-f]{1,4}):([0-9a-f]{1,4}))?$/i
const STEP = /^([01]?[0-9a-f])\.([0-7])$/i
const PLACE = /^(?:([0-9a-f]{1,8}):)?([0-9a-f]{1,2}):([01]?[0-9a-f])\.([0-7])$/i

/** **Shape** `undefined`: the kernel could not read it either. */
export function parseDeviceMatch(text: string): ParsedMatch | undefined {
  const ids = IDS.exec(text)
  if (ids !== null) {
    const [vendor, device, subvendor, subdevice] = ids.slice(1).map((id) => parseInt(id ?? '0', 16))
    const any = (want: number | undefined, is: number): boolean => want === undefined || want === 0 || want === is
    return {
      by: 'ids',
      matches: (_, fn) => {
        const sub = subsystem(fn.config)
        return any(vendor, fn.vendor) && any(device, fn.device) && any(subvendor, sub[0]) && any(subdevice, sub[1])
      },
    }
  }
  const [first = '', ...rest] = text.split('/')
  const place = PLACE.exec(first)
  const steps = rest.map((step) => STEP.exec(step))
  if (place === null || steps.includes(null)) return undefined
  const [, domain = '0', bus = '', device = '', fn = ''] = place
  const top = parseBdf(`${domain.padStart(4, '0')}:${bus.padStart(2, '0')}:${device.padStart(2, '0')}.${fn}`)
  const down = steps.map((step) => ({ device: parseInt(step?.[1] ?? '', 16), function: Number(step?.[2]) }))
  return { by: 'place', matches: (topology, candidate) => onPath(topology, candidate, down, top) }
}

/** Compare from the last step of the path upwards, as the kernel does: bus numbers below the first step do not count. */
function onPath(
  topology: Topology,
  candidate: PciFunction,
  down: readonly { readonly device: number; readonly function: number }[],
  top: string | undefined,
): boolean {
  let at: PciFunction | undefined = candidate
  for (let i = down.length - 1; i >= 0; i--) {
    if (at === undefined) return false
    const parts = bdfParts(at.bdf)
    if (parts.device !== down[i]?.device || parts.function !== down[i]?.function) return false
    at = topology.parent(at)
  }
  return at !== undefined && at.bdf === top
}

/** Subsystem vendor and device: in the header of an endpoint, in a capability of a bridge; 0 where there is none. */
function subsystem(config: ConfigSpace): readonly [number, number] {
  const bridge = config.headerType === 1
  const at = bridge ? (config.capability(PCI_CAP_ID_SSVID) ?? null) : PCI_SUBSYSTEM_VENDOR_ID
  if (at === null) return [0, 0]
  const offset = bridge ? at + 4 : at
  return [config.read16(offset) ?? 0, config.read16(offset + 2) ?? 0]
}
