/** Who on a bus takes which addresses, as the registers stand. Flat arrays: every packet looks here several times. */
import type { Functions } from '../function/functions.ts'
import type { DecodedBar, Span } from '../function/decode.ts'
import type { WiredBus, WiredFunction } from '../wiring.ts'

/** Instead of a BAR's index: a window of a bridge. */
export const WINDOW = -1

export class BusMap {
  readonly #starts: number[] = []
  readonly #ends: number[] = []
  readonly #owners: WiredFunction[] = []
  readonly #bars: number[] = []
  readonly #silent: boolean[] = []
  /** For how many bytes from the address last looked for the answer holds. */
  span = 0

  constructor(functions: Functions, bus: WiredBus) {
    for (const wired of bus.functions) this.#addClaims(functions, wired)
  }

  /** Number of the claim on `address`, -1 when nobody takes it. Of two that overlap the first in bus order wins. */
  find(address: number): number {
    let found = -1
    let limit = Infinity
    for (let i = 0; i < this.#starts.length; i++) {
      const start = this.#starts[i] ?? 0
      const end = this.#ends[i] ?? 0
      if (start > address) {
        if (start < limit) limit = start
      } else if (address < end && found < 0) {
        found = i
        if (end < limit) limit = end
      }
    }
    this.span = limit - address
    return found
  }

  owner(claim: number): WiredFunction {
    const owner = this.#owners[claim]
    if (owner === undefined) throw new RangeError(`no claim ${claim} on this bus`)
    return owner
  }

  /** Index of the BAR, or `WINDOW`. */
  bar(claim: number): number {
    return this.#bars[claim] ?? WINDOW
  }

  start(claim: number): number {
    return this.#starts[claim] ?? 0
  }

  /** Its owner is in reset: requests reach it and nothing comes back. */
  isSilent(claim: number): boolean {
    return this.#silent[claim] ?? false
  }

  #addClaims(functions: Functions, wired: WiredFunction): void {
    const state = functions.state(wired)
    const silent = state.silentBecause !== undefined
    if (!silent && !state.answers) return
    const decode = silent ? state.decodeBefore : state.decode
    for (const bar of decode.bars) this.#add(bar, wired, bar.index, silent)
    if (wired.below === null) return
    for (const window of decode.windows ?? barsBelow(functions, wired.below)) this.#add(window, wired, WINDOW, silent)
  }

  #add(span: Span, owner: WiredFunction, bar: number, silent: boolean): void {
    this.#starts.push(span.start)
    this.#ends.push(span.end)
    this.#owners.push(owner)
    this.#bars.push(bar)
    this.#silent.push(silent)
  }
}

/** What a bridge whose windows the capture does not tell must forward. */
function barsBelow(functions: Functions, bus: WiredBus): DecodedBar[] {
  return bus.functions.flatMap((wired) => [
    ...functions.state(wired).decodeBefore.bars,
    ...(wired.below === null ? [] : barsBelow(functions, wired.below)),
  ])
}

/** As the registers stand at the start of a run: the same in every run of a topology. */
const atStart = new WeakMap<WiredBus, BusMap>()

/** The maps of all buses, each made again after a register that it rests on changed. */
export class BusMaps {
  readonly #functions: Functions
  readonly #maps: { readonly map: BusMap; readonly version: number }[] = []

  constructor(functions: Functions) {
    this.#functions = functions
  }

  of(bus: WiredBus): BusMap {
    const version = this.#functions.version(bus)
    const known = this.#maps[bus.index]
    if (known !== undefined && known.version === version) return known.map
    const map = version === 0 ? this.#first(bus) : new BusMap(this.#functions, bus)
    this.#maps[bus.index] = { map, version }
    return map
  }

  #first(bus: WiredBus): BusMap {
    const known = atStart.get(bus) ?? new BusMap(this.#functions, bus)
    atStart.set(bus, known)
    return known
  }
}
