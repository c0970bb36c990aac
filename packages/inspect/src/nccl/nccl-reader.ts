/**
 * NCCL's topology in XML. It has the switches that NCCL cares about and leaves the ports between them out, and files
 * made by hand have names that no function has: so the way between two devices is never known.
 */
import { type Bdf, bdfParts, busName, type Cpu, parseBdf } from '@barter/core'
import { factsOf, type FunctionFacts } from '../machine/function-facts.ts'
import { type MachineFacts, machineFacts } from '../machine/machine-facts.ts'
import type { ElementReader } from '../xml/read-xml.ts'

const MOST_FUNCTIONS = 200_000
/** Hand-written files give switches names on a bus of this domain and number. */
const MADE_UP = 'ffff:ff:'
const CLASS_BRIDGE = 0x06

export class NcclReader implements ElementReader {
  readonly #name: string
  readonly #functions = new Map<Bdf, FunctionFacts>()
  readonly #way: (Bdf | undefined)[] = []
  #cpu: Cpu | undefined
  #numaNode: number | undefined
  #madeUp = 0

  constructor(name: string) {
    this.#name = name
  }

  open(element: string, attributes: Readonly<Record<string, string>>): void {
    if (element === 'cpu') {
      this.#cpu ??= cpuOf(attributes)
      this.#numaNode = /^\d{1,6}$/.test(attributes['numaid'] ?? '') ? Number(attributes['numaid']) : undefined
      return
    }
    if (element !== 'pci') return
    const bdf = parseBdf(attributes['busid'] ?? '')
    this.#way.push(bdf)
    if (bdf === undefined || this.#functions.has(bdf) || this.#functions.size >= MOST_FUNCTIONS) return
    const classCode = hex(attributes['class'])
    const madeUp = bdf.startsWith(MADE_UP)
    if (madeUp) this.#madeUp++
    const way = this.#way.flatMap((one) => one ?? [])
    const top = way[0] ?? bdf
    const { domain, bus } = bdfParts(top)
    this.#functions.set(
      bdf,
      factsOf(bdf, {
        place: { hostBridge: busName(domain, bus), way },
        bridgesHidden: true,
        vendor: madeUp ? undefined : hex(attributes['vendor']),
        device: madeUp ? undefined : hex(attributes['device']),
        classCode,
        name: madeUp ? 'a switch without a name' : undefined,
        numaNode: this.#numaNode,
      }),
    )
  }

  close(element: string): void {
    if (element === 'pci') this.#way.pop()
    if (element === 'cpu') this.#numaNode = undefined
  }

  end(): MachineFacts {
    const functions = [...this.#functions.values()]
    const switches = functions.filter(
      ({ classCode }) => Math.floor((classCode ?? 0) / 0x1_0000) === CLASS_BRIDGE,
    ).length
    return machineFacts(this.#name, 'NCCL topology', {
      functions,
      guessed: true,
      cpu: this.#cpu,
      limits: [
        'a topology of NCCL leaves ports and root complexes out, and has no registers: it never shows the exact way between two devices',
      ],
      notes: [
        ...(this.#madeUp > 0
          ? [
              `${this.#madeUp} of ${switches} switches have names that somebody made up (${MADE_UP}...): no such functions exist`,
            ]
          : []),
      ],
    })
  }
}

/** In files of NCCL itself the family of an AMD processor is the extended one before the base one: 0x8f for 0x17. */
function cpuOf(attributes: Readonly<Record<string, string>>): Cpu | undefined {
  const { arch, vendor, familyid } = attributes
  if (arch === undefined) return undefined
  const told = /^\d{1,4}$/.test(familyid ?? '') ? Number(familyid) : undefined
  const packed = told !== undefined && vendor === 'AuthenticAMD' && told > 0x7f && told % 16 === 0xf
  return {
    arch: arch === 'aarch64' || arch === 'arm64' ? 'arm64' : arch,
    vendor: arch === 'x86_64' ? vendor : undefined,
    family: packed ? 0xf + Math.floor(told / 16) : told,
  }
}

function hex(text: string | undefined): number | undefined {
  return text !== undefined && /^0x[0-9a-f]{1,6}$/i.test(text) ? parseInt(text, 16) : undefined
}
