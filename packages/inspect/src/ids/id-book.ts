/** Vendor and device ids by the names that lspci prints in their place. */
import { vendorWords } from '../lspci/header-line.ts'
import { addName, emptyNames, type PciIdNames, systemPciIds } from './pci-ids-file.ts'
import { ROOT_NAMES, VENDOR_NAMES } from './root-complex-names.ts'

export interface Ids {
  readonly vendor: number | undefined
  readonly device: number | undefined
  /** Other devices of the vendor with the same name. */
  readonly alike: readonly number[]
}

export class IdBook {
  readonly #own: PciIdNames = ownNames()
  readonly #readSystem: () => PciIdNames | undefined
  #system: PciIdNames | undefined
  #asked = false

  /** **Shape** `system`: read only when a name is not known here. */
  constructor(system: () => PciIdNames | undefined = systemPciIds) {
    this.#readSystem = system
  }

  /** **Shape** `name`: vendor and device in words; `device`: its id, where the words end with it. */
  find(name: string, device?: number): Ids {
    const own = lookUp(this.#own, name, device)
    if (own.vendor !== undefined && own.device !== undefined) return own
    if (!this.#asked) {
      this.#asked = true
      this.#system = this.#readSystem()
    }
    const found = this.#system === undefined ? own : lookUp(this.#system, name, device)
    return found.vendor === undefined ? own : found
  }
}

/** The longest vendor's name that the words begin with; then the rest is the device. */
function lookUp({ vendors, devices }: PciIdNames, name: string, device: number | undefined): Ids {
  const words = vendorWords(name)
  if (device !== undefined) return { vendor: vendors.get(words ?? name), device, alike: [] }
  let best: { readonly id: number; readonly rest: string } | undefined
  for (let end = name.indexOf(' '); end > 0; end = name.indexOf(' ', end + 1)) {
    const id = vendors.get(name.slice(0, end))
    if (id !== undefined) best = { id, rest: name.slice(end + 1) }
  }
  if (best === undefined) return { vendor: vendors.get(name), device: undefined, alike: [] }
  const [first, ...alike] = devices.get(best.id)?.get(best.rest) ?? []
  return { vendor: best.id, device: first, alike }
}

function ownNames(): PciIdNames {
  const names = emptyNames()
  for (const [id, ...words] of VENDOR_NAMES) for (const word of words) names.vendors.set(word, id)
  for (const [vendor, device, name] of ROOT_NAMES) {
    const known = names.devices.get(vendor) ?? new Map<string, number[]>()
    names.devices.set(vendor, known)
    addName(known, name, device)
  }
  return names
}
