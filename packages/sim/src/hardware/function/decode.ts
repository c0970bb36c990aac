/** What the registers of a function make it do with memory requests: which it answers, forwards and may send. */
import {
  acsControlPlace,
  type AcsBit,
  acsHas,
  type ConfigSpace,
  type ConfigWidth,
  hasBits,
  maskBits,
  PCI_ACS_CTRL,
  PCI_COMMAND,
  PCI_COMMAND_MASTER,
  PCI_COMMAND_MEMORY,
  PCI_EXT_CAP_ID_SRIOV,
  PCI_PM_CTRL,
  PCI_PM_CTRL_STATE_MASK,
  PCI_SECONDARY_BUS,
  PCI_SUBORDINATE_BUS,
  type PowerState,
  readAcs,
  readBarRegisters,
  readBridgeWindows,
  readPowerManagement,
  readSriov,
} from '@barter/core'
import type { WiredFunction } from '../wiring.ts'
import { windowsKnown } from './initial-config.ts'

export interface Span {
  readonly start: number
  /** First byte behind it. */
  readonly end: number
}

export interface DecodedBar extends Span {
  readonly index: number
}

export interface Decode {
  readonly power: PowerState
  readonly memory: boolean
  readonly master: boolean
  /** BARs that hold an address, whether or not memory decoding is on. 0 is no address. */
  readonly bars: readonly DecodedBar[]
  /** A bridge: what it forwards downstream. `undefined`: the capture does not tell, so what is below decides. */
  readonly windows: readonly Span[] | undefined
  /** Offset and control word of the ACS capability; control 0 without one. */
  readonly acs: { readonly offset: number; readonly control: number }
  readonly secondary: number
  readonly subordinate: number
  /** Its virtual functions exist, as far as the capture tells. */
  readonly virtualFunctions: boolean
}

const NO_ACS = { offset: 0, control: 0 }
const HEADER_END = 0x40
/** From the control word to the end of the longest egress control vector. */
const ACS_LENGTH = 34
const SRIOV_LENGTH = 0x40

/** Where the registers stand that it depends on. The chains of capabilities cannot be written, so this holds for a run. */
export interface DecodePlaces {
  readonly wired: WiredFunction
  /** Power control; -1 without it, or for a function that does not answer. */
  readonly power: number
  /** ACS capability, and the word that the port itself goes by, wherever it lies (ACS-12). */
  readonly acs: { readonly offset: number; readonly control: number; readonly width: ConfigWidth } | undefined
  /** Start of the SR-IOV capability; -1 without it. */
  readonly sriov: number
}

export function decodePlaces(wired: WiredFunction, config: ConfigSpace): DecodePlaces {
  const pm = config.silent ? undefined : readPowerManagement(config)
  const acs = readAcs(config)
  const control = acsControlPlace(wired.fn)
  const word = acs.kind !== 'present' ? undefined : { offset: acs.offset, control: acs.offset + PCI_ACS_CTRL, width: 2 }
  return {
    wired,
    power: pm === null || pm === undefined ? -1 : pm.offset + PCI_PM_CTRL,
    acs:
      word === undefined || control?.width !== 4
        ? (word as DecodePlaces['acs'])
        : { ...word, control: control.offset, width: 4 },
    sriov: config.extendedCapability(PCI_EXT_CAP_ID_SRIOV) ?? -1,
  }
}

/** Does any of it stand in these bytes? */
export function isDecoded({ power, acs, sriov }: DecodePlaces, offset: number, width: number): boolean {
  return (
    offset < HEADER_END ||
    meets(offset, width, power, 2) ||
    meets(offset, width, acs?.control ?? -1, ACS_LENGTH) ||
    meets(offset, width, sriov, SRIOV_LENGTH)
  )
}

const meets = (offset: number, width: number, at: number, length: number): boolean =>
  at >= 0 && offset < at + length && offset + width > at

/** Of the registers as they stand: of a function that is being set up little more is asked than whether it answers. */
class LiveDecode implements Decode {
  readonly power: PowerState
  readonly memory: boolean
  readonly master: boolean
  readonly #places: DecodePlaces
  readonly #config: ConfigSpace
  #bars: readonly DecodedBar[] | undefined
  #acs: Decode['acs'] | undefined

  constructor(places: DecodePlaces, config: ConfigSpace) {
    const { power } = places
    const command = config.read16(PCI_COMMAND) ?? PCI_COMMAND_MEMORY + PCI_COMMAND_MASTER
    this.power = power < 0 ? 0 : (maskBits(config.read16(power) ?? 0, PCI_PM_CTRL_STATE_MASK) as PowerState)
    this.memory = hasBits(command, PCI_COMMAND_MEMORY)
    this.master = hasBits(command, PCI_COMMAND_MASTER)
    this.#places = places
    this.#config = config
  }

  get bars(): readonly DecodedBar[] {
    this.#bars ??= decodedBars(this.#places.wired, readBarRegisters(this.#config))
    return this.#bars
  }

  get windows(): readonly Span[] | undefined {
    if (!windowsKnown(this.#places.wired.fn)) return undefined
    return readBridgeWindows(this.#config).map(({ start, length }) => ({ start, end: start + length }))
  }

  get acs(): Decode['acs'] {
    const { acs } = this.#places
    this.#acs ??=
      acs === undefined ? NO_ACS : { offset: acs.offset, control: this.#config.read(acs.control, acs.width) ?? 0 }
    return this.#acs
  }

  get secondary(): number {
    return this.#config.read8(PCI_SECONDARY_BUS) ?? 0
  }

  get subordinate(): number {
    return this.#config.read8(PCI_SUBORDINATE_BUS) ?? 0
  }

  get virtualFunctions(): boolean {
    return this.#places.wired.virtualFunctions.length > 0 && (readSriov(this.#config)?.enabled ?? true)
  }
}

/** **Shape** good until a register of `config` that it rests on changes. */
export const decodeOf = (places: DecodePlaces, config: ConfigSpace): Decode => new LiveDecode(places, config)

/** The same, good whatever becomes of the registers. */
export function settled(decode: Decode): Decode {
  const { power, memory, master, bars, windows, acs, secondary, subordinate, virtualFunctions } = decode
  return { power, memory, master, bars, windows, acs, secondary, subordinate, virtualFunctions }
}

/**
 * The same of a virtual function, whose BARs and memory enable are registers of its physical function. A capture that
 * does not reach those leaves it with the addresses of its records.
 */
export function decodeVirtual(places: DecodePlaces, config: ConfigSpace, physical: ConfigSpace): Decode {
  const { wired } = places
  const own = settled(decodeOf(places, config))
  const sriov = readSriov(physical)
  if (sriov === undefined || sriov === null) return { ...own, memory: true, bars: recordedBars(wired) }
  const number = wired.virtual?.number ?? 0
  const slices = sriov.bars.map(({ index, bus }) => ({ index, bus: bus + number * (wired.barLengths[index] ?? 0) }))
  return { ...own, memory: sriov.enabled && sriov.memoryEnabled, bars: decodedBars(wired, slices) }
}

/** What a function that never answered would decode, by its records. */
export const recordedBars = (wired: WiredFunction): DecodedBar[] => decodedBars(wired, wired.fn.bars)

export const acsOn = (decode: Decode, bit: AcsBit): boolean => acsHas(decode.acs.control, bit)

function decodedBars(
  wired: WiredFunction,
  registers: readonly { readonly index: number; readonly bus: number }[],
): DecodedBar[] {
  const bars: DecodedBar[] = []
  for (const { index, bus } of registers) {
    const length = wired.barLengths[index]
    if (length !== undefined && bus !== 0) bars.push({ index, start: bus, end: bus + length })
  }
  return bars
}
