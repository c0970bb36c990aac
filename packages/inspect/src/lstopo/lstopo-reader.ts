/** hwloc's lstopo in XML, versions 1 to 3: bridges, classes, ids and the CPU; no registers. */
import { type Bdf, busName, type Cpu, parseBdf } from '@barter/core'
import { factsOf, type FunctionFacts } from '../machine/function-facts.ts'
import { type MachineFacts, machineFacts } from '../machine/machine-facts.ts'
import type { ElementReader } from '../xml/read-xml.ts'

/** What an object stands for on the way down. */
interface Frame {
  readonly bdf: Bdf | undefined
  /** Set by the host bridge. */
  readonly hostBridge: string | undefined
}

const MOST_FUNCTIONS = 200_000
/** `0604 [8086:3408] [0000:0000] 13`, in newer ones with the programming interface behind the revision. */
const TYPE =
  /^([0-9a-f]{4}) \[([0-9a-f]{4}):([0-9a-f]{4})\](?: \[[0-9a-f]{4}:[0-9a-f]{4}\])?(?: [0-9a-f]{2})?(?: ([0-9a-f]{2}))?$/i
const BUSES = /^([0-9a-f]{4,8}):\[([0-9a-f]{2})-([0-9a-f]{2})\]$/i

export class LstopoReader implements ElementReader {
  readonly #name: string
  readonly #functions = new Map<Bdf, FunctionFacts>()
  readonly #frames: Frame[] = []
  readonly #info = new Map<string, string>()

  constructor(name: string) {
    this.#name = name
  }

  open(element: string, attributes: Readonly<Record<string, string>>): void {
    if (element === 'info') {
      const { name, value } = attributes
      if (name !== undefined && value !== undefined && !this.#info.has(name)) this.#info.set(name, value)
    }
    if (element !== 'object') return
    const above = this.#frames.at(-1)
    const bdf = parseBdf(attributes['pci_busid'] ?? '')
    const [, domain, first, last] = BUSES.exec(attributes['bridge_pci'] ?? '') ?? []
    const root = attributes['bridge_type']?.startsWith('0-') === true
    const hostBridge =
      root && domain !== undefined && first !== undefined
        ? busName(parseInt(domain, 16), parseInt(first, 16))
        : above?.hostBridge
    this.#frames.push({ bdf, hostBridge })
    if (bdf === undefined || this.#functions.has(bdf) || this.#functions.size >= MOST_FUNCTIONS) return
    const [, classWord, vendor, device, progIf] = TYPE.exec(attributes['pci_type'] ?? '') ?? []
    const way = this.#frames.flatMap((frame) => frame.bdf ?? [])
    this.#functions.set(
      bdf,
      factsOf(bdf, {
        place: hostBridge === undefined ? undefined : { hostBridge, way },
        vendor: hex(vendor),
        device: hex(device),
        classCode: classWord === undefined ? undefined : parseInt(`${classWord}${progIf ?? '00'}`, 16),
        name: attributes['name'],
        secondary: root ? undefined : hex(first),
        subordinate: root ? undefined : hex(last),
      }),
    )
  }

  close(element: string): void {
    if (element === 'object') this.#frames.pop()
  }

  end(): MachineFacts {
    const functions = [...this.#functions.values()]
    return machineFacts(this.#name, 'lstopo', {
      functions,
      // By default it leaves out what it does not take for important, host bridges among it.
      complete: functions.some(({ bdf }) => bdf.endsWith(':00:00.0')),
      cpu: this.#cpu(),
      release: this.#info.get('OSRelease'),
      limits: ['lstopo has the bridges and the ids, but no registers: no ACS, no BARs'],
    })
  }

  #cpu(): Cpu | undefined {
    const arch = this.#info.get('Architecture')
    const model = this.#info.get('CPUModel')
    const vendor = this.#info.get('CPUVendor') ?? vendorOfModel(model)
    const family = this.#info.get('CPUFamilyNumber')
    if (arch === undefined && vendor === undefined) return undefined
    return {
      arch: arch === 'aarch64' ? 'arm64' : arch === 'ppc64le' ? 'ppc64' : arch,
      vendor,
      family: family !== undefined && /^\d{1,4}$/.test(family) ? Number(family) : undefined,
      ...(model === undefined ? {} : { name: model.replace(/\s+/g, ' ').trim() }),
    }
  }
}

/** Old versions have the model only. */
function vendorOfModel(model: string | undefined): string | undefined {
  if (model?.startsWith('Intel') === true) return 'GenuineIntel'
  return model?.startsWith('AMD ') === true ? 'AuthenticAMD' : undefined
}

const hex = (digits: string | undefined): number | undefined =>
  digits === undefined ? undefined : parseInt(digits, 16)
