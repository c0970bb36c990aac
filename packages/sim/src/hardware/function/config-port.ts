/**
 * Configuration accesses as hardware meets them: a write stores what can be stored, and then acts.
 *
 * A reset clears the registers at once, keeps the function silent for its dark time, and leaves the contents of BARs as
 * they were: what device memory holds after a reset is undefined, and a survivor shows a stray access best.
 * **Source** TRG-21, HAZ-1, HAZ-4. **Not modelled** resets of conventional bridges by their own power state; a link in
 * secondary bus reset drops requests silently here, where a real port completes them as unsupported.
 */
import {
  type Bdf,
  type ConfigWidth,
  hasBits,
  type Kernel,
  type Op,
  PCI_AF_CTRL_FLR,
  readPowerManagement,
  sleep,
  type Trace,
} from '@barter/core'
import type { Judge } from '../judge.ts'
import type { HardwareTiming } from '../timing.ts'
import type { WiredFunction } from '../wiring.ts'
import type { FunctionState } from './function-state.ts'
import type { Functions } from './functions.ts'

/** Bit 15 of device control, in its upper byte. */
const FLR_BYTE = 1
const FLR_BIT = 0x80
const BRIDGE_CTL_BUS_RESET = 0x40

/** A kernel that may know threads which are no threads but the hardware itself. */
export type HardwareKernel = Kernel & { hardware?(name: string, body: () => Op<void>): void }

export interface ConfigPortParts {
  readonly functions: Functions
  readonly kernel: HardwareKernel
  readonly trace: Trace
  readonly judge: Judge
  readonly timing: HardwareTiming
  readonly nameOf: (bdf: Bdf) => string
}

export class ConfigPort {
  readonly #parts: ConfigPortParts
  /** Counts the silences of each function, so that an old timer does not end a new one. */
  readonly #silences = new Map<WiredFunction, number>()

  constructor(parts: ConfigPortParts) {
    this.#parts = parts
  }

  read(of: Bdf, offset: number, width: ConfigWidth): number {
    return this.#parts.functions.of(of).readConfig(offset, width)
  }

  write(of: Bdf, offset: number, width: ConfigWidth, value: number): void {
    const { functions, trace, nameOf } = this.#parts
    const state = functions.of(of)
    if (trace.on) trace.emit({ kind: 'config-write', device: nameOf(of), offset, width, value })
    if (state.silentBecause !== undefined) return
    const held = inBusReset(state)
    if (!state.decodes(offset, width)) state.writeConfig(offset, width, value)
    else if (state.wired.virtualFunctions.length > 0) {
      this.#announcing([state, ...this.#virtualOf(state)], () => {
        this.#store(state, offset, width, value)
      })
    } else {
      const before = state.darkBecause
      this.#store(state, offset, width, value)
      this.#announce(state, before)
    }
    if (inBusReset(state) !== held) this.#busReset(state, !held)
    if (startsReset(state, offset, width, value)) this.#functionReset(state)
  }

  /** Take a function out of the machine, and everything below it. */
  remove(of: Bdf, why: string): void {
    const state = this.#parts.functions.of(of)
    const gone = [state, ...this.#below(state.wired)]
    this.#announcing(gone, () => {
      for (const one of gone) {
        one.remove(why)
        this.#parts.functions.changed(one)
      }
    })
  }

  /** A port takes its link down, and the kernel brings it back: what is below was reset on the way (HAZ-3). */
  contain(port: Bdf): void {
    const below = this.#below(this.#parts.functions.of(port).wired)
    const name = this.#parts.nameOf(port)
    this.#silence(below, `${name} contains an error: its link is down`)
    this.#wakeAfter(this.#parts.timing.secondaryBusReset, `containment at ${name}`, below)
  }

  /** Within an announcement of `state` and its virtual functions. */
  #store(state: FunctionState, offset: number, width: ConfigWidth, value: number): void {
    const before = state.decode.power
    if (state.writeConfig(offset, width, value)) this.#parts.functions.changed(state)
    if (before === 3 && state.decode.power === 0) this.#powerUp(state)
  }

  #functionReset(state: FunctionState): void {
    const why = 'function level reset'
    // Those of a physical function go with it: their enable bit is one of its registers.
    const states = [state, ...this.#virtualOf(state)]
    this.#silence(states, why)
    this.#wakeAfter(this.#parts.timing.functionReset, `reset of ${this.#parts.nameOf(state.wired.bdf)}`, states)
  }

  #powerUp(state: FunctionState): void {
    if (readPowerManagement(state.config)?.noSoftReset === true) return
    state.resetRegisters()
    this.#parts.functions.changed(state)
    const ticks = this.#parts.timing.powerUp
    if (ticks === 0) return
    this.#fallSilent([state], 'reset on the way from D3hot to D0')
    this.#wakeAfter(ticks, `power-up of ${this.#parts.nameOf(state.wired.bdf)}`, [state])
  }

  #busReset(bridge: FunctionState, asserted: boolean): void {
    const below = this.#below(bridge.wired)
    const name = this.#parts.nameOf(bridge.wired.bdf)
    if (asserted) this.#silence(below, `secondary bus reset at ${name}`)
    else this.#wakeAfter(this.#parts.timing.secondaryBusReset, `secondary bus reset at ${name}`, below)
  }

  #silence(states: readonly FunctionState[], why: string): void {
    this.#announcing(states, () => {
      this.#fallSilent(states, why)
    })
  }

  #fallSilent(states: readonly FunctionState[], why: string): void {
    for (const state of states) {
      this.#silences.set(state.wired, this.#count(state) + 1)
      state.fallSilent(why)
      state.resetRegisters()
      this.#parts.functions.changed(state)
    }
  }

  /** A timer of its own shows in the timeline, and cannot be missed by code that looks too late. */
  #wakeAfter(ticks: number, name: string, states: readonly FunctionState[]): void {
    const counts = states.map((state) => this.#count(state))
    const wake = (): void => {
      const due = states.filter((state, i) => this.#isLatest(state, counts[i]))
      this.#announcing(due, () => {
        for (const state of due) {
          state.speakAgain()
          this.#parts.functions.changed(state)
        }
      })
    }
    const timer = (): Op<void> => afterwards(ticks, wake)
    const { kernel } = this.#parts
    if (kernel.hardware === undefined) kernel.spawn(`hardware: ${name}`, timer)
    else kernel.hardware(`hardware: ${name}`, timer)
  }

  /** Say who went dark or light by `act`, or is dark for another reason than before. */
  #announcing(states: readonly FunctionState[], act: () => void): void {
    const before = states.map((state) => state.darkBecause)
    act()
    for (const [i, state] of states.entries()) this.#announce(state, before[i])
  }

  #announce(state: FunctionState, before: string | undefined): void {
    const { judge, trace, nameOf } = this.#parts
    const why = state.darkBecause
    if (why === before || state.wired.barLengths.length === 0) return
    const { bdf } = state.wired
    if (why === undefined) {
      judge.light(bdf)
      if (trace.on) trace.emit({ kind: 'light', device: nameOf(bdf), why: `it was dark because ${before ?? ''}` })
    } else {
      judge.dark(bdf, why)
      if (trace.on) trace.emit({ kind: 'dark', device: nameOf(bdf), why })
    }
  }

  #count(state: FunctionState): number {
    return this.#silences.get(state.wired) ?? 0
  }

  /** No other silence has begun since. */
  #isLatest(state: FunctionState, count: number | undefined): boolean {
    const now = this.#count(state)
    this.#parts.functions.looked(state, now)
    return now === count
  }

  #virtualOf(state: FunctionState): FunctionState[] {
    return state.wired.virtualFunctions.map((virtual) => this.#parts.functions.state(virtual))
  }

  #below(bridge: WiredFunction): FunctionState[] {
    return (bridge.below?.functions ?? []).flatMap((wired) => [
      this.#parts.functions.state(wired),
      ...this.#below(wired),
    ])
  }
}

function* afterwards(ticks: number, act: () => void): Op<void> {
  yield* sleep(ticks)
  act()
}

/** A bridge that answers holds everything below it in reset. */
function inBusReset(state: FunctionState): boolean {
  const { bridgeControl } = state.registers
  return bridgeControl >= 0 && hasBits(state.readConfig(bridgeControl, 1), BRIDGE_CTL_BUS_RESET)
}

/** The write sets a bit that starts a function level reset and is never stored. */
function startsReset(state: FunctionState, offset: number, width: number, value: number): boolean {
  const { deviceControl, afControl } = state.registers
  return (
    (deviceControl >= 0 && writes(offset, width, value, deviceControl + FLR_BYTE, FLR_BIT)) ||
    (afControl >= 0 && writes(offset, width, value, afControl, PCI_AF_CTRL_FLR))
  )
}

/** The write sets `bit` in the byte at `at`. */
function writes(offset: number, width: number, value: number, at: number, bit: number): boolean {
  if (at < offset || at >= offset + width) return false
  return hasBits(Math.floor(value / 2 ** (8 * (at - offset))), bit)
}
