/**
 * The judge while schedules are explored: what it is told and what it looks at are shared things too, so that a transfer
 * and the revoke that makes it wrong are tried in both orders.
 */
import { addWords, type Bdf, hashOfText, type MappingFacts, mixA, type Party, type Violation } from '@barter/core'
import type { JudgedPacket } from '../hardware/judge.ts'
import type { Watch } from '../kernel/watch.ts'
import type { Oracle } from '../oracle/index.ts'

interface OpenMapping {
  readonly buffer: string
  readonly owner: Bdf
  readonly thing: number
}

export class WatchedOracle implements Oracle {
  readonly #oracle: Oracle
  readonly #watch: Watch
  readonly #buffers = new Map<string, number>()
  readonly #mappings = new Map<number, OpenMapping>()
  /** Registers of all functions, which decide the way of a packet and whether anybody answers. */
  readonly #registers: number
  /** What was written to each function so far, as a hash, and to all. */
  readonly #registersOf = new Map<Bdf, number>()
  #registersNow = 0
  /** Contents of BARs and memory. */
  readonly #contents: number
  /** Which drivers are gone. */
  readonly #drivers: number

  constructor(oracle: Oracle, watch: Watch) {
    this.#oracle = oracle
    this.#watch = watch
    this.#registers = watch.thing('registers', -1)
    this.#contents = watch.thing('contents', -1)
    this.#drivers = watch.thing('drivers that are gone', -1)
  }

  get violations(): readonly Violation[] {
    return this.#oracle.violations
  }

  /** Somebody looks at registers and sees `value`. */
  readsRegisters(value: number): void {
    this.#watch.log.readValue(this.#registers, value)
  }

  /** Registers of `device` become others: `what` says which, or that it answers or not. */
  writesRegisters(device: Bdf, what: number): void {
    const before = this.#registersOf.get(device) ?? 0
    const now = mixA(before, what)
    this.#registersOf.set(device, now)
    const key = hashOfText(device)
    this.#registersNow = addWords(this.#registersNow, mixA(key, now) - mixA(key, before))
    this.#watch.log.writeValue(this.#registers, this.#registersNow)
  }

  mapped(facts: MappingFacts): number {
    const { log } = this.#watch
    log.readHere(this.#buffer(facts.buffer))
    log.readHere(this.#drivers)
    const mapping = this.#oracle.mapped(facts)
    const thing = this.#watch.thing('mapping')
    this.#mappings.set(mapping, { buffer: facts.buffer, owner: facts.owner.bdf, thing })
    return mapping
  }

  unmapped(mapping: number): void {
    const open = this.#mappings.get(mapping)
    if (open !== undefined) this.#watch.log.writeValue(open.thing, 0)
    this.#oracle.unmapped(mapping)
  }

  revoking(buffer: string, why: string): void {
    this.#watch.log.writeValue(this.#buffer(buffer), 1)
    this.#oracle.revoking(buffer, why)
  }

  told(buffer: string): void {
    this.#watch.log.writeValue(this.#buffer(buffer), 2)
    this.#oracle.told(buffer)
  }

  revoked(buffer: string, why: string): void {
    this.#watch.log.writeValue(this.#buffer(buffer), 3)
    for (const open of this.#mappings.values()) if (open.buffer === buffer) this.#watch.log.writeValue(open.thing, 1)
    this.#oracle.revoked(buffer, why)
  }

  restored(buffer: string): void {
    this.#watch.log.writeValue(this.#buffer(buffer), 4)
    this.#oracle.restored(buffer)
  }

  providerGone(device: Bdf): void {
    this.#watch.log.write(this.#drivers)
    for (const open of this.#mappings.values()) if (open.owner === device) this.#watch.log.writeValue(open.thing, 2)
    this.#oracle.providerGone(device)
  }

  leftover(what: string, rule: string): void {
    this.#oracle.leftover(what, rule)
  }

  broken(invariant: string, rule: string, message: string): void {
    this.#oracle.broken(invariant, rule, message)
  }

  waitsForUnmap(waiter: Party, rule: string): void {
    this.#oracle.waitsForUnmap(waiter, rule)
  }

  landed(packet: JudgedPacket): void {
    const { log } = this.#watch
    log.tells?.(mixA(packet.at, packet.length))
    log.readValue(this.#registers, outcomeOf(packet.landing.kind))
    log.readHere(this.#drivers)
    if (packet.access === 'read') log.read(this.#contents)
    else log.add(this.#contents)
    const open = packet.mapping === undefined ? undefined : this.#mappings.get(packet.mapping)
    if (open !== undefined) log.readHere(open.thing)
    this.#oracle.landed(packet)
  }

  dark(device: Bdf, why: string): void {
    this.writesRegisters(device, hashOfText(why))
    this.#oracle.dark(device, why)
  }

  light(device: Bdf): void {
    this.writesRegisters(device, 1)
    this.#oracle.light(device)
  }

  #buffer(name: string): number {
    const known = this.#buffers.get(name)
    if (known !== undefined) return known
    const thing = this.#watch.thing(`judgement of ${name}`, -1)
    this.#buffers.set(name, thing)
    return thing
  }
}

/** What the sender can tell. */
const outcomeOf = (landing: JudgedPacket['landing']['kind']): number => landing.length * 256 + landing.charCodeAt(0)
