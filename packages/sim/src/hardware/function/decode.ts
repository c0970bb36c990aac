/** What the registers of a function make it do with memory requests: which it answers, forwards and may send. */
import {
  acsControlPlace,
  type AcsBit,
  acsHas,
  type ConfigSpace,
  PCI_SECONDARY_BUS,
  PCI_SUBORDINATE_BUS,
  type PowerState,
  readAcs,
  readBarRegisters,
  readBridgeWindows,
  readCommand,
  readPowerState,
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

export function decodeOf(wired: WiredFunction, config: ConfigSpace): Decode {
  const command = readCommand(config)
  return {
    power: readPowerState(config) ?? 0,
    memory: command?.memory ?? true,
    master: command?.master ?? true,
    bars: decodedBars(wired, readBarRegisters(config)),
    windows: windowsKnown(wired.fn)
      ? readBridgeWindows(config).map(({ start, length }) => ({ start, end: start + length }))
      : undefined,
    acs: decodedAcs(wired, config),
    secondary: config.read8(PCI_SECONDARY_BUS) ?? 0,
    subordinate: config.read8(PCI_SUBORDINATE_BUS) ?? 0,
    virtualFunctions: wired.virtualFunctions.length > 0 && (readSriov(config)?.enabled ?? true),
  }
}

/** The word that the port itself goes by, wherever it lies (ACS-12). */
function decodedAcs({ fn }: WiredFunction, config: ConfigSpace): Decode['acs'] {
  const acs = readAcs(config)
  if (acs.kind !== 'present') return NO_ACS
  const place = acsControlPlace(fn)
  return { offset: acs.offset, control: place?.width === 4 ? (config.read32(place.offset) ?? 0) : acs.control }
}

/**
 * The same of a virtual function, whose BARs and memory enable are registers of its physical function. A capture that
 * does not reach those leaves it with the addresses of its records.
 */
export function decodeVirtual(wired: WiredFunction, config: ConfigSpace, physical: ConfigSpace): Decode {
  const own = decodeOf(wired, config)
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
