/** One PCI function in a run: its live registers, and whether it answers at all. */
import { type AerError, ConfigSpace, type ConfigWidth, latchAer, type PowerState, readAer } from '@barter/core'
import { clearRegisters, type RegisterMap, registerMapOf, writeMasked } from '../config-space/register-map.ts'
import { egressBit, portNumber } from '../config-space/egress.ts'
import type { WiredFunction } from '../wiring.ts'
import {
  type Decode,
  decodeOf,
  type DecodePlaces,
  decodePlaces,
  decodeVirtual,
  isDecoded,
  recordedBars,
  settled,
} from './decode.ts'
import { absentFromStart, initialConfig } from './initial-config.ts'

/** What a run shares with all others of the same topology until it writes. */
interface Start {
  readonly config: ConfigSpace
  readonly places: DecodePlaces
  readonly decode: Decode
  readonly egressNumber: number
  registers: RegisterMap | undefined
}

const starts = new WeakMap<WiredFunction, Start>()

const ALL_ONES: Readonly<Record<ConfigWidth, number>> = { 1: 0xff, 2: 0xffff, 4: 0xffff_ffff }
const POWER_NAMES: Readonly<Record<PowerState, string>> = { 0: 'D0', 1: 'D1', 2: 'D2', 3: 'D3hot' }

export class FunctionState {
  readonly wired: WiredFunction
  /** The physical function of a virtual one. */
  readonly #physical: FunctionState | null
  readonly #start: Start
  #config: ConfigSpace
  #decode: Decode | undefined
  /** Why it does not answer anything, configuration included; `undefined` while it does. */
  #silentBecause: string | undefined
  #removed = false
  /** As it stood when it fell silent: where requests for it still arrive. */
  #decodeBefore: Decode | undefined

  constructor(wired: WiredFunction, physical: FunctionState | null) {
    this.wired = wired
    this.#physical = physical
    this.#start = startOf(wired)
    this.#config = this.#start.config
    this.#decode = this.#start.decode
    if (!absentFromStart(wired.fn)) return
    this.#silentBecause = 'it did not answer when the machine was captured'
    this.#decodeBefore = { ...settled(this.#start.decode), bars: recordedBars(wired) }
  }

  get decode(): Decode {
    this.#decode ??= decodeNow(this.#start.places, this.#config, this.#physical?.config)
    return this.#decode
  }

  get config(): ConfigSpace {
    return this.#config
  }

  get registers(): RegisterMap {
    this.#start.registers ??= registerMapOf(this.wired, this.#start.config)
    return this.#start.registers
  }

  /** Number under which the port or function stands in an egress control vector. */
  get egressNumber(): number {
    return this.#start.egressNumber
  }

  /** Its own egress control vector names `other`. */
  egressNames(other: FunctionState): boolean {
    return egressBit(this.#config, this.decode.acs.offset, other.egressNumber)
  }

  /** Why nothing at all comes back from it, or `undefined`. */
  get silentBecause(): string | undefined {
    if (this.#silentBecause !== undefined || this.#physical === null) return this.#silentBecause
    if (this.#physical.silentBecause !== undefined)
      return `its physical function is silent: ${this.#physical.silentBecause}`
    return this.#physical.decode.virtualFunctions ? undefined : 'virtual functions are switched off'
  }

  /** Why it answers no memory request, or `undefined`. Functions without BARs and bridges answer none anyway. */
  get darkBecause(): string | undefined {
    const { decode } = this
    if (this.silentBecause !== undefined) return this.silentBecause
    if (this.power !== 0) return `it is in ${POWER_NAMES[this.power]}`
    if (!decode.memory) return 'memory decoding is off'
    for (const { index } of this.#start.decode.bars) {
      if (!decode.bars.some((bar) => bar.index === index)) return `BAR ${index} holds no address`
    }
    return undefined
  }

  /** Why it sends and forwards nothing upstream, or `undefined`. */
  get muteBecause(): string | undefined {
    if (this.silentBecause !== undefined) return this.silentBecause
    if (this.power !== 0) return `it is in ${POWER_NAMES[this.power]}`
    return this.decode.master ? undefined : 'bus mastering is off'
  }

  /** It takes requests from above: awake, with memory decoding on. */
  get answers(): boolean {
    return this.silentBecause === undefined && this.power === 0 && this.decode.memory
  }

  get power(): PowerState {
    const own = this.decode.power
    return own === 0 && this.#physical !== null ? this.#physical.power : own
  }

  /** While silent: what it decoded before. */
  get decodeBefore(): Decode {
    return this.#decodeBefore ?? this.decode
  }

  readConfig(offset: number, width: ConfigWidth): number {
    if (this.silentBecause !== undefined) return ALL_ONES[width]
    // A register that the capture does not reach reads as one that is not there.
    return this.#config.read(offset, width) ?? 0
  }

  /** What it answers, forwards and sends depends on these registers. */
  decodes(offset: number, width: ConfigWidth): boolean {
    return isDecoded(this.#start.places, offset, width)
  }

  /** Gives whether anything that it decodes may have changed. */
  writeConfig(offset: number, width: ConfigWidth, value: number): boolean {
    const changed = writeMasked(this.#writable(), this.registers, offset, width, value) && this.decodes(offset, width)
    if (changed) this.forgetDecode()
    return changed
  }

  /** Back to the values after a reset. */
  resetRegisters(): void {
    clearRegisters(this.#writable(), this.registers)
    this.forgetDecode()
  }

  fallSilent(why: string): void {
    if (this.#silentBecause === undefined) this.#decodeBefore = settled(this.decode)
    this.#silentBecause = why
  }

  /** Taken out of its slot: it never answers again. */
  remove(why: string): void {
    this.fallSilent(why)
    this.#removed = true
  }

  /** What was gone from the start stays so, and what was taken out. */
  speakAgain(): void {
    if (this.#removed || absentFromStart(this.wired.fn)) return
    this.#silentBecause = undefined
    this.#decodeBefore = undefined
  }

  /** Write an error down, if it has where to (AER). Software did not do this, so nothing else changes. */
  latchError(error: AerError): void {
    if ((readAer(this.#config) ?? null) !== null) latchAer(this.#writable(), error)
  }

  /** The registers it depends on changed. */
  forgetDecode(): void {
    this.#decode = undefined
  }

  #writable(): ConfigSpace {
    if (this.#config === this.#start.config) this.#config = new ConfigSpace(this.#config.bytes.slice())
    return this.#config
  }
}

function startOf(wired: WiredFunction): Start {
  const known = starts.get(wired)
  if (known !== undefined) return known
  const config = initialConfig(wired.fn)
  const physical = wired.virtual === null ? undefined : startOf(wired.virtual.of).config
  const places = decodePlaces(wired, config)
  const decode = decodeNow(places, config, physical)
  const start = { config, places, decode, egressNumber: egressNumber(wired, config), registers: undefined }
  starts.set(wired, start)
  return start
}

const decodeNow = (places: DecodePlaces, config: ConfigSpace, physical: ConfigSpace | undefined): Decode =>
  physical === undefined ? decodeOf(places, config) : decodeVirtual(places, config, physical)

/** Ports of a switch go by port number, the functions of a device by function number. */
const egressNumber = (wired: WiredFunction, config: ConfigSpace): number =>
  wired.bus.kind === 'switch' ? portNumber(wired, config) : wired.functionNumber
