/** Capabilities in the words of lspci, as far as the model reads them. */
import { ACS_BITS, type AcsBit, type PciePortType } from '@barter/core'

type CapabilityFacts =
  | {
      readonly kind: 'express'
      readonly port: PciePortType | undefined
      readonly slot: boolean
      readonly flr: boolean
      readonly version: number
    }
  | { readonly kind: 'acs'; readonly capability: number | undefined; readonly control: number | undefined }
  | { readonly kind: 'power'; readonly version: number; readonly noSoftReset: boolean; readonly state: number }
  | { readonly kind: 'msi'; readonly id: number }
  | { readonly kind: 'msix'; readonly vectors: number; readonly table: Place; readonly pba: Place }
  | { readonly kind: 'features'; readonly flr: boolean }
  | {
      readonly kind: 'sriov'
      readonly enabled: boolean
      readonly memoryEnabled: boolean
      readonly total: number
      readonly count: number
      readonly offset: number
      readonly stride: number
      readonly device: number
    }
  | { readonly kind: 'other'; readonly id: number }

interface Place {
  readonly bar: number
  readonly offset: number
}

export interface CapabilityLine {
  readonly at: number
  /** Extended ones lie beyond the first 256 bytes. */
  readonly extended: boolean
  readonly version: number
  readonly facts: CapabilityFacts
  /** An ACS control word stands here, below a capability that has none: lines are missing, or out of order. */
  readonly strayAcs: boolean
}

const LINE = /^Capabilities: \[([0-9a-f]{2,3})(?: v(\d{1,2}))?\] ?(.*)$/

/** **Shape** `undefined` for a line of another form; `denied` for `<access denied>`. */
export function capabilityLine(text: string): CapabilityLine | 'denied' | undefined {
  if (/^Capabilities: <access denied>/i.test(text)) return 'denied'
  const [, at, version, words] = LINE.exec(text) ?? []
  if (at === undefined || words === undefined) return undefined
  const offset = parseInt(at, 16)
  const extended = offset >= 0x100
  const facts = extended ? extendedFacts(words) : standardFacts(words)
  const strayAcs = facts.kind !== 'acs' && /\bACSCtl:/.test(words)
  return { at: offset, extended, version: version === undefined ? 1 : Number(version), facts, strayAcs }
}

const PORTS: readonly (readonly [words: RegExp, port: PciePortType])[] = [
  [/^Root Port/, 'root-port'],
  [/^Upstream Port/, 'upstream-port'],
  [/^Downstream Port/, 'downstream-port'],
  [/^Legacy Endpoint/, 'legacy-endpoint'],
  [/^Root Complex Integrated Endpoint/, 'rciep'],
  [/^Root Complex Event Collector/, 'event-collector'],
  [/^PCI-Express to PCI/, 'pcie-to-pci-bridge'],
  [/^PCI\/PCI-X to PCI-Express/, 'pci-to-pcie-bridge'],
  [/^Endpoint/, 'endpoint'],
]

/** First words of standard capabilities, for their ids. */
const STANDARD: readonly (readonly [words: RegExp, id: number])[] = [
  [/^AGP version/, 0x02],
  [/^Vital Product Data/, 0x03],
  [/^Slot ID/, 0x04],
  [/^CompactPCI hot-swap/, 0x06],
  [/^PCI-X/, 0x07],
  [/^HyperTransport/, 0x08],
  [/^Vendor Specific Information/, 0x09],
  [/^Debug port/, 0x0a],
  [/^CompactPCI central/, 0x0b],
  [/^Hot-plug capable/, 0x0c],
  [/^(Bridge )?[Ss]ubsystem/, 0x0d],
  [/^AGP3/, 0x0e],
  [/^Secure device/, 0x0f],
  [/^SATA HBA/, 0x12],
  [/^Enhanced Allocation/, 0x14],
]

function standardFacts(words: string): CapabilityFacts {
  const express = /^(?:PCI )?Express (?:\(v(\d)\) )?(.*)$/.exec(words)
  if (express !== null) {
    const [, version, rest = ''] = express
    const port = PORTS.find(([start]) => start.test(rest))?.[1]
    const flr = /\bFLReset\+/.test(between(rest, 'DevCap:', 'DevCtl:'))
    return { kind: 'express', port, slot: rest.includes('(Slot+)'), flr, version: Number(version ?? 1) }
  }
  const power = /^Power Management version (\d)/.exec(words)
  if (power !== null) {
    const state = /\bStatus: D([0-3])/.exec(words)?.[1]
    return {
      kind: 'power',
      version: Number(power[1]),
      noSoftReset: words.includes('NoSoftRst+'),
      state: Number(state ?? 0),
    }
  }
  const msix = /^MSI-X: Enable[+-] (?:Mask[+-] TabSize|Count)=(\d{1,4})/.exec(words)
  if (msix !== null) {
    const place = (name: string): Place => {
      const [, bar = '0', offset = '0'] = new RegExp(`${name}: BAR=([0-5]) offset=([0-9a-f]{1,8})`).exec(words) ?? []
      return { bar: Number(bar), offset: parseInt(offset, 16) }
    }
    return { kind: 'msix', vectors: Number(msix[1]), table: place('Vector table'), pba: place('PBA') }
  }
  if (/^(MSI|Message Signalled Interrupts):/.test(words)) return { kind: 'msi', id: 0x05 }
  if (words.startsWith('PCI Advanced Features'))
    return { kind: 'features', flr: /\bFLR\+/.test(words) && /\bTP\+/.test(words) }
  const numbered = /^(?:Capability ID 0x|#)([0-9a-f]{2})\b/.exec(words)?.[1]
  const id = numbered === undefined ? STANDARD.find(([start]) => start.test(words))?.[1] : parseInt(numbered, 16)
  return { kind: 'other', id: id ?? 0 }
}

function extendedFacts(words: string): CapabilityFacts {
  if (words.startsWith('Access Control Services')) {
    return { kind: 'acs', capability: acsWord(words, 'ACSCap'), control: acsWord(words, 'ACSCtl') }
  }
  if (/^Single Root I\/O Virtualization/.test(words)) {
    const number = (pattern: RegExp, base = 10): number => parseInt(pattern.exec(words)?.[1] ?? '0', base)
    return {
      kind: 'sriov',
      enabled: /\bIOVCtl: Enable\+/.test(words),
      memoryEnabled: /\bMSE\+/.test(words),
      total: number(/\bTotal VFs: (\d{1,5})/),
      count: number(/\bNumber of VFs: (\d{1,5})/),
      offset: number(/\bVF offset: (\d{1,5})/),
      stride: number(/\bstride: (\d{1,5})/),
      device: number(/\bDevice ID: ([0-9a-f]{1,4})/, 16),
    }
  }
  const numbered = /^(?:Extended Capability ID 0x|#)([0-9a-f]{2,4})\b/.exec(words)?.[1]
  return { kind: 'other', id: numbered === undefined ? extendedIdOf(words) : parseInt(numbered, 16) }
}

/** Ids of extended capabilities that something here may look for; the rest hangs in the list as vendor specific. */
function extendedIdOf(words: string): number {
  if (words.startsWith('Advanced Error Reporting')) return 0x01
  if (words.startsWith('Virtual Channel')) return 0x02
  if (words.startsWith('Device Serial Number')) return 0x03
  if (words.startsWith('Alternative Routing-ID')) return 0x0e
  return words.startsWith('Address Translation Service') ? 0x0f : 0x0b
}

const ACS_WORDS: Readonly<Record<string, AcsBit>> = {
  SrcValid: 'SV',
  TransBlk: 'TB',
  ReqRedir: 'RR',
  CmpltRedir: 'CR',
  UpstreamFwd: 'UF',
  EgressCtrl: 'EC',
  DirectTrans: 'DT',
}

/** The word as a number. **Shape** `undefined` unless every bit that decides is there. */
export function acsWord(words: string, name: 'ACSCap' | 'ACSCtl'): number | undefined {
  const bits = new RegExp(`\\b${name}: ?((?:\\w+[+-] ?)*)`).exec(words)?.[1]
  if (bits === undefined) return undefined
  const seen = new Map(
    [...bits.matchAll(/(\w+)([+-])/g)].flatMap(([, word = '', sign]) => {
      const bit = ACS_WORDS[word]
      return bit === undefined ? [] : [[bit, sign === '+'] as const]
    }),
  )
  if (!seen.has('RR') || !seen.has('CR') || !seen.has('EC')) return undefined
  return [...seen].reduce((sum, [bit, on]) => sum + (on ? ACS_BITS[bit] : 0), 0)
}

function between(text: string, from: string, to: string): string {
  const start = text.indexOf(from)
  const end = text.indexOf(to, start + 1)
  return start < 0 ? '' : text.slice(start, end < 0 ? undefined : end)
}
