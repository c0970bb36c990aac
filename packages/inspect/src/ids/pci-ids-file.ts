/** The system's pci.ids, where it has one: more names than are known here. */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'

/** Where distributions put it. */
const PLACES = [
  '/usr/share/misc/pci.ids',
  '/usr/share/hwdata/pci.ids',
  '/usr/share/pci.ids',
  '/usr/local/share/pci.ids',
  '/var/lib/pciutils/pci.ids',
  '/usr/share/misc/pci.ids.gz',
  '/usr/share/hwdata/pci.ids.gz',
]
const MOST_BYTES = 64 * 1024 * 1024

/** Devices by name, vendor by vendor. */
export type NamesOfVendor = Map<string, number[]>
export interface PciIdNames {
  /** Vendor ids by name. */
  readonly vendors: Map<string, number>
  readonly devices: Map<number, NamesOfVendor>
}

export function emptyNames(): PciIdNames {
  return { vendors: new Map(), devices: new Map() }
}

/** **Shape** `undefined` where the system has none. */
export function systemPciIds(): PciIdNames | undefined {
  for (const place of PLACES) {
    try {
      const bytes = readFileSync(place)
      const plain = place.endsWith('.gz') ? gunzipSync(bytes, { maxOutputLength: MOST_BYTES }) : bytes
      return parsePciIds(plain.toString('utf8'))
    } catch {
      // Not there, or not readable: the next place may be.
      continue
    }
  }
  return undefined
}

const VENDOR = /^([0-9a-f]{4}) {2}(.+)$/
const DEVICE = /^\t([0-9a-f]{4}) {2}(.+)$/

/** The format of pci.ids; subsystems and classes are left out. */
export function parsePciIds(text: string): PciIdNames {
  const names = emptyNames()
  let devices: NamesOfVendor | undefined
  for (const line of text.split('\n')) {
    if (/^[A-Z] /.test(line)) break
    const [, device, name] = DEVICE.exec(line) ?? []
    if (device !== undefined && name !== undefined) {
      if (devices !== undefined) addName(devices, name, parseInt(device, 16))
      continue
    }
    const [, vendor, words] = VENDOR.exec(line) ?? []
    if (vendor === undefined || words === undefined) continue
    const id = parseInt(vendor, 16)
    if (!names.vendors.has(words.trim())) names.vendors.set(words.trim(), id)
    devices = names.devices.get(id) ?? new Map<string, number[]>()
    names.devices.set(id, devices)
  }
  return names
}

export function addName(devices: NamesOfVendor, name: string, id: number): void {
  const known = devices.get(name.trim())
  if (known === undefined) devices.set(name.trim(), [id])
  else if (!known.includes(id)) known.push(id)
}
