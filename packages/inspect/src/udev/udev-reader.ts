/** `udevadm info --export-db`: places, ids and drivers of functions; no configuration space, so no ACS and no BARs. */
import { type Bdf, type Cpu } from '@barter/core'
import { factsOf, type FunctionFacts } from '../machine/function-facts.ts'
import { type MachineFacts, machineFacts } from '../machine/machine-facts.ts'
import { type Place, placeOf } from '../machine/place.ts'
import type { LineReader } from '../text/line-reader.ts'
import type { TextLine } from '../text/text-line.ts'

const MOST_FUNCTIONS = 200_000
const FIELD = /^([A-Z_][A-Z0-9_]{0,63})=(.{0,2048})$/

export class UdevReader implements LineReader {
  readonly #name: string
  readonly #functions = new Map<Bdf, FunctionFacts>()
  #path: string | undefined
  #fields = new Map<string, string>()
  #cpu: Cpu | undefined

  constructor(name: string) {
    this.#name = name
  }

  get found(): boolean {
    return this.#functions.size > 0
  }

  take({ body }: TextLine): boolean {
    if (/^P: \/\S/.test(body)) {
      this.#close()
      this.#path = body.slice(3).trim()
      return true
    }
    if (this.#path === undefined) return false
    if (body === '') {
      this.#close()
      return true
    }
    const [, kind, text = ''] = /^([A-Z]): ?(.*)$/.exec(body) ?? []
    if (kind === undefined) return false
    const [, key, value] = kind === 'E' ? (FIELD.exec(text) ?? []) : []
    if (key !== undefined && value !== undefined) this.#fields.set(key, value)
    return true
  }

  end(): readonly MachineFacts[] {
    this.#close()
    if (this.#functions.size === 0) return []
    for (const { place } of [...this.#functions.values()]) this.#addAbove(place)
    const functions = [...this.#functions.values()]
    return [
      machineFacts(this.#name, 'udev', {
        functions,
        complete: functions.some(({ bdf }) => bdf.endsWith(':00:00.0')),
        cpu: this.#cpu,
        limits: ['a udev database has the tree and the ids, but no registers: no ACS, no BARs'],
      }),
    ]
  }

  /** Bridges on the way that have no record of their own. */
  #addAbove(place: Place | undefined): void {
    for (const [depth, bdf] of (place?.way ?? []).entries()) {
      if (place === undefined || this.#functions.has(bdf)) continue
      this.#functions.set(
        bdf,
        factsOf(bdf, { nameOnly: true, place: { ...place, way: place.way.slice(0, depth + 1) } }),
      )
    }
  }

  #close(): void {
    const path = this.#path
    const fields = this.#fields
    this.#path = undefined
    this.#fields = new Map()
    if (path === undefined) return
    this.#cpu ??= cpuOfAlias(fields.get('MODALIAS') ?? '')
    if (fields.get('SUBSYSTEM') !== 'pci' || this.#functions.size >= MOST_FUNCTIONS) return
    const place = placeOf(path)
    const bdf = place?.way.at(-1)
    if (bdf === undefined || this.#functions.has(bdf)) return
    const [, vendor, device] = /^([0-9A-F]{1,4}):([0-9A-F]{1,4})$/i.exec(fields.get('PCI_ID') ?? '') ?? []
    const classCode = /^[0-9A-F]{1,6}$/i.test(fields.get('PCI_CLASS') ?? '') ? fields.get('PCI_CLASS') : undefined
    const words = [fields.get('ID_VENDOR_FROM_DATABASE'), fields.get('ID_MODEL_FROM_DATABASE')].filter(Boolean)
    this.#functions.set(
      bdf,
      factsOf(bdf, {
        place,
        vendor: vendor === undefined ? undefined : parseInt(vendor, 16),
        device: device === undefined ? undefined : parseInt(device, 16),
        classCode: classCode === undefined ? undefined : parseInt(classCode, 16),
        driver: fields.get('DRIVER'),
        name: words.length === 0 ? undefined : words.join(' '),
      }),
    )
  }
}

/** The kernel's numbers for makers of x86 processors. */
const MAKERS: ReadonlyMap<number, string> = new Map([
  [0x0000, 'GenuineIntel'],
  [0x0002, 'AuthenticAMD'],
  [0x0005, 'CentaurHauls'],
  [0x0009, 'HygonGenuine'],
])

/** `cpu:type:x86,ven0002fam0017mod0031:feature:,...` */
function cpuOfAlias(alias: string): Cpu | undefined {
  const [, maker, family] = /^cpu:type:x86,ven([0-9A-F]{4})fam([0-9A-F]{4})mod/i.exec(alias) ?? []
  if (maker === undefined || family === undefined) return undefined
  return { arch: 'x86_64', vendor: MAKERS.get(parseInt(maker, 16)) ?? 'unknown maker', family: parseInt(family, 16) }
}
