/** Every function of the machine in one run. States are made when first asked for, so that a run begins at once. */
import type { Bdf } from '@barter/core'
import type { WiredFunction, Wiring } from '../wiring.ts'
import { FunctionState } from './function-state.ts'

export class Functions {
  readonly wiring: Wiring
  readonly #states: (FunctionState | undefined)[] = []
  #last: FunctionState | undefined
  /** Counts changes of anything that routing depends on. */
  version = 0

  constructor(wiring: Wiring) {
    this.wiring = wiring
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

  /** The registers of `state` changed: its virtual functions decode by them too. */
  changed(state: FunctionState): void {
    this.version++
    for (const wired of state.wired.virtualFunctions) this.#states[wired.index]?.forgetDecode()
  }
}
