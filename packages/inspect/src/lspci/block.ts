/** One function as lspci prints it: its first line, the words below, and the bytes of a hex dump. */
import { type BridgeWindow, busAddr } from '@barter/core'
import type { TextLine } from '../text/text-line.ts'
import { type HeaderLine, headerLine } from './header-line.ts'
import { type CapabilityLine, capabilityLine } from './capability-lines.ts'
import { type ConfigWords } from './config-of-words.ts'
import { HexDump } from './hex-dump.ts'
import { type Regions, regionsIn } from './regions.ts'
import { SectionBuilder } from './sections.ts'

/** What is read of a block, before the rest of the file is known. */
export interface Block {
  readonly line: number
  readonly header: HeaderLine
  /** There were words below the first line. */
  readonly verbose: boolean
  readonly hex: Uint8Array | undefined
  /** Rows of a hex dump that came behind a hole and are not used. */
  readonly hexBehindHole: boolean
  readonly regions: Regions
  readonly words: Omit<ConfigWords, 'vendor' | 'device' | 'classCode' | 'extendedShown' | 'bars'>
  readonly denied: boolean
  readonly numaNode: number | undefined
  readonly iommuGroup: number | undefined
  readonly driver: string | undefined
  /** Virtual functions, by their number from the function on. */
  readonly virtual: { readonly count: number; readonly offset: number; readonly stride: number } | undefined
}

export class BlockBuilder {
  readonly line: number
  readonly #sections: SectionBuilder
  readonly #hex = new HexDump()

  constructor(line: TextLine) {
    this.line = line.number
    this.#sections = new SectionBuilder(line)
  }

  /** **Shape** false: it is no row of a hex dump. */
  takeHex(line: TextLine): boolean {
    return this.#hex.take(line.body)
  }

  takeWords(line: TextLine): void {
    this.#sections.add(line)
  }

  get verbose(): boolean {
    return this.#sections.verbose
  }

  /** The class is a word that lspci prints, or what follows is of the kind that lspci prints. */
  get certain(): boolean {
    const header = headerLine(this.#sections.header)
    return header?.classWord !== undefined || this.verbose || this.#hex.length > 0
  }

  /** **Shape** `last`: nothing follows, so the end of it may be missing. */
  end(last: boolean): Block | undefined {
    const header = headerLine(this.#sections.header)
    if (header === undefined) return undefined
    const { head, capabilities, tail } = this.#sections.end()
    const lines = capabilities.map(capabilityLine)
    const denied = lines.includes('denied')
    const read = lines.filter((one): one is CapabilityLine => typeof one === 'object')
    const sriov = read.find(({ facts }) => facts.kind === 'sriov')?.facts
    return {
      line: this.line,
      header,
      verbose: this.verbose,
      hex: this.#hex.bytes(),
      hexBehindHole: this.#hex.hole,
      regions: regionsIn(head),
      words: {
        command: commandIn(head),
        silent: /!!! Unknown header type 7f/.test(`${head} ${this.#sections.header}`),
        buses: busesIn(head),
        cardBus: /\bMemory window 0:/.test(head),
        windows: windowsIn(head),
        capabilities: denied || (read.length === 0 && missing(head, last)) ? undefined : read,
      },
      denied,
      numaNode: numberIn(/\bNUMA node:? (\d{1,6})\b/.exec(head)),
      iommuGroup: numberIn(/\bIOMMU group:? (\d{1,9})\b/.exec(head)),
      driver: /\bKernel driver in use: ([\w.-]{1,64})/.exec(tail)?.[1],
      virtual:
        sriov?.kind === 'sriov' && sriov.enabled && sriov.count > 0
          ? { count: Math.min(sriov.count, 0xffff), offset: sriov.offset, stride: sriov.stride }
          : undefined,
    }
  }
}

/**
 * The header says that capabilities follow, and none does. Some functions of chipsets have an empty list all the same,
 * but no bridge does, and at the end of a text the rest may be cut off.
 */
const missing = (head: string, last: boolean): boolean =>
  /\bStatus: Cap\+/.test(head) && (last || /\bBus: primary=/.test(head))

function commandIn(head: string): ConfigWords['command'] {
  const [, io, memory, master] = /\bControl: I\/O([+-]) Mem([+-]) BusMaster([+-])/.exec(head) ?? []
  if (io !== undefined) return { io: io === '+', memory: memory === '+', master: master === '+' }
  const decodes = !head.includes('[disabled]')
  return { io: decodes, memory: decodes, master: /\bFlags: [^:]*\bbus master\b/.test(head) }
}

const BUSES = /\bBus: primary=([0-9a-f]{2}), secondary=([0-9a-f]{2}), subordinate=([0-9a-f]{2})/

function busesIn(head: string): ConfigWords['buses'] {
  const [, primary, secondary, subordinate] = BUSES.exec(head) ?? []
  if (primary === undefined || secondary === undefined || subordinate === undefined) return undefined
  return [parseInt(primary, 16), parseInt(secondary, 16), parseInt(subordinate, 16)]
}

function windowsIn(head: string): ConfigWords['windows'] {
  const memory = window(
    /(?<!refetchable )\b[Mm]emory behind bridge: ([0-9a-f]{1,16})-([0-9a-f]{1,16})/.exec(head),
    false,
  )
  const prefetchable = window(/\bPrefetchable memory behind bridge: ([0-9a-f]{1,16})-([0-9a-f]{1,16})/.exec(head), true)
  return { ...(memory === undefined ? {} : { memory }), ...(prefetchable === undefined ? {} : { prefetchable }) }
}

function window(found: RegExpExecArray | null, prefetchable: boolean): BridgeWindow | undefined {
  const start = parseInt(found?.[1] ?? '', 16)
  const last = parseInt(found?.[2] ?? '', 16)
  // Registers whose base is above their limit: a closed window.
  if (!(last > start) || last >= 2 ** 52) return undefined
  return { start: busAddr(start), length: last - start + 1, prefetchable }
}

const numberIn = (found: RegExpExecArray | null): number | undefined =>
  found?.[1] === undefined ? undefined : Number(found[1])
