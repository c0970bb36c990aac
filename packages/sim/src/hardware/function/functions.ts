/** Every function of the machine in one run. States are made when first asked for, so that a run begins at once. */
import { addWords, type AerError, type Bdf, hashOfText, mixA } from '@barter/core'
import type { WiredBus, WiredFunction, Wiring } from '../wiring.ts'
import { FunctionState } from './function-state.ts'
import { windowsKnown } from './initial-config.ts'

/** **Shape** `decides`: over who takes what on the bus; `word`: stands for what became of it. */
type RegistersChanged = (of: Bdf, decides: boolean, word: number) => void

/** While schedules are explored: who hears of changes, and of what hardware does by what became of a function. */
export interface RegistersWatched {
  /** Told of every change but those that software makes by a write that decides nothing. */
  readonly onChange: RegistersChanged
  readonly onLook: (of: Bdf, word: number) => void
}

export class Functions {
  readonly wiring: Wiring
  readonly #states: (FunctionState | undefined)[] = []
  #last: FunctionState | undefined
  /** By bus: counts changes of anything that decides who takes what there. */
  readonly #versions: number[] = []
  readonly #watched: RegistersWatched | undefined

  constructor(wiring: Wiring, watched?: RegistersWatched) {
    this.wiring = wiring
    this.#watched = watched
  }

  state(wired: WiredFunction): FunctionState {
    const known = this.#states[wired.index]
    if (known !== undefined) return known
    const physical = wired.virtual === null ? null : this.state(wired.virtual.of)
    const state = new FunctionState(wired, physical)
    this.#states[wired.index] = state
    return state
  }

  /** **Errors** `UsageError` `DEVICE_UNKNOWN`. */
  wired(bdf: Bdf): WiredFunction {
    const wired = this.wiring.byBdf.get(bdf) ?? this.wiring.byBdf.get(this.wiring.topology.get(bdf).bdf)
    if (wired === undefined) throw new Error(`${bdf} hangs on no bus`)
    return wired
  }

  of(bdf: Bdf): FunctionState {
    // Whoever reads a register reads the next one of the same function.
    if (this.#last?.wired.bdf === bdf) return this.#last
    const state = this.state(this.wired(bdf))
    this.#last = state
    return state
  }

  /** 0 while nothing on the bus has changed since the start of the run. */
  version(bus: WiredBus): number {
    return this.#versions[bus.index] ?? 0
  }

  /** The registers of `state` changed: its virtual functions decode by them too. */
  changed(state: FunctionState): void {
    this.#busChanged(state.wired.bus)
    this.#watched?.onChange(state.wired.bdf, true, wordOf(state))
    for (const wired of state.wired.virtualFunctions) {
      const virtual = this.#states[wired.index]
      virtual?.forgetDecode()
      this.#busChanged(wired.bus)
      this.#watched?.onChange(wired.bdf, true, wordOf(this.state(wired)))
    }
  }

  /** What the hardware does next depends on `word`, which follows from what became of `state`. */
  looked(state: FunctionState, word: number): void {
    this.#watched?.onLook(state.wired.bdf, word)
  }

  /** Write an error down in the registers of a function, if it has where to (AER). */
  latchError(at: Bdf, error: AerError): void {
    this.of(at).latchError(error)
    this.#watched?.onChange(at, false, hashOfText(JSON.stringify(error)))
  }

  /** What a bridge forwards whose windows are not known is what the functions below it decode. */
  #busChanged(bus: WiredBus): void {
    this.#versions[bus.index] = this.version(bus) + 1
    if (bus.above !== null && !windowsKnown(bus.above.fn)) this.#busChanged(bus.above.bus)
  }
}

/** One word for what a function answers, forwards and sends. */
function wordOf(state: FunctionState): number {
  const { decode, silentBecause, power } = state
  const flags = (decode.memory ? 1 : 0) + (decode.master ? 2 : 0) + 4 * power
  const bars = decode.bars.reduce((sum, { index, start }) => addWords(sum, mixA(index, start)), flags)
  return hashOfText(silentBecause ?? '', bars)
}
