/**
 * INV-15 from outside: whenever a trigger has ended, a buffer is revoked just if memory is disabled or low power is on.
 * What is enabled is worked out here from what user space asked for and from the device, not asked of the driver.
 */
import { D3HOT, DEVICES, type Device, type Plugin, powerState, type TraceEvent } from '@barter/core'

/** Of one device. The switches of the real kernel break the rule; there are none here. */
export class StateRule {
  readonly broken: string[] = []
  readonly #name: string
  readonly #states = new Map<string, string>()
  /** What looked wrong of buffers of which it is not known yet whether somebody still has them. */
  readonly #suspected = new Map<string, string>()
  #device: Device | undefined
  #memoryBit = true
  #lowPower = false
  #inTrigger = false

  /** **Shape** `name`: what scenarios call the device. */
  constructor(name: string) {
    this.#name = name
  }

  plugin(): Plugin {
    return {
      name: 'state-rule',
      apply: ({ hooks }) => {
        hooks.platform.tap('state-rule', (platform, run) => {
          this.#begin(run.get(DEVICES).all.find((device) => device.name === this.#name))
          return platform
        })
        hooks.event.tap('state-rule', (event) => {
          this.#learn(event)
        })
      },
    }
  }

  #begin(device: Device | undefined): void {
    this.#device = device
    this.broken.length = 0
    this.#suspected.clear()
    this.#opened()
  }

  /** The first open enables memory, and low power is over. What is left of the time before is dead, or about to go. */
  #opened(): void {
    this.#states.clear()
    this.#memoryBit = true
    this.#lowPower = false
    this.#inTrigger = false
  }

  #learn(event: TraceEvent): void {
    if (event.kind === 'export') {
      this.#states.set(event.buffer, event.state)
      if (!this.#inTrigger) this.#check(`export of ${event.buffer}`)
    }
    if (event.kind === 'attach' || event.kind === 'map') this.#stillThere(event.buffer)
    if (event.kind === 'state') {
      this.#states.set(event.buffer, event.state)
      if (event.state === 'dead') this.#stillThere(event.buffer)
    }
    if (event.kind !== 'protocol' || event.subject !== this.#name) return
    // Who waits for the lock is not in it yet.
    if (event.name !== 'lockMemory') this.#inTrigger = event.name !== 'unlockMemory'
    if (event.name === 'act') this.#act(event.protocol)
    // The last step of every trigger. Emitted before it runs, when all others have.
    if (event.name === 'unlockMemory') this.#ended(event.protocol)
  }

  #act(trigger: string): void {
    if (trigger === 'memory off' || trigger === 'memory on') this.#memoryBit = trigger === 'memory on'
    if (trigger === 'low power entry') this.#lowPower = true
    if (trigger === 'low power exit' || trigger === 'wake-up') this.#lowPower = false
  }

  #ended(trigger: string): void {
    if (trigger === 'close') this.#opened()
    else this.#check(trigger)
  }

  /** Triggers pass a buffer by that nobody has any more (VFIO-24d); this one somebody has. */
  #stillThere(buffer: string): void {
    const said = this.#suspected.get(buffer)
    if (said !== undefined) this.broken.push(said)
    this.#suspected.delete(buffer)
  }

  #check(when: string): void {
    const awake = this.#device !== undefined && powerState(this.#device) < D3HOT
    const wanted = awake && this.#memoryBit && !this.#lowPower ? 'live' : 'revoked'
    for (const [buffer, state] of this.#states) {
      if (state === 'dead' || state === 'released' || state === wanted) this.#suspected.delete(buffer)
      else this.#suspected.set(buffer, `after ${when} ${buffer} is ${state}, and ${wanted} would be right`)
    }
  }
}
