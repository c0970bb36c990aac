/**
 * The judge while schedules are explored: what it is told and what it looks at are shared things too, so that a transfer
 * and the revoke that makes it wrong are tried in both orders.
 */
import {
  addWords,
  type Bdf,
  type Errno,
  hashOfText,
  type MappingFacts,
  mixA,
  type Party,
  type Violation,
} from '@barter/core'
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
  /** Since it was live: revoked, and that more than once. Since then: un-revoked, with no revoke under way. */
  readonly #revoked = new Set<string>()
  readonly #again = new Set<string>()
  readonly #restored = new Set<string>()
  readonly #mappings = new Map<number, OpenMapping>()
  /** Registers of all functions, which decide the way of a packet and whether anybody answers. */
  readonly #registers: number
  /** What was written to each function so far, as a hash, and to all. */
  readonly #registersOf = new Map<Bdf, { readonly key: number; now: number }>()
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
    let written = this.#registersOf.get(device)
    if (written === undefined) {
      written = { key: hashOfText(device), now: 0 }
      this.#registersOf.set(device, written)
    }
    const { key, now: before } = written
    written.now = mixA(before, what)
    this.#registersNow = addWords(this.#registersNow, mixA(key, written.now) - mixA(key, before))
    this.#watch.log.writeValue(this.#registers, this.#registersNow)
  }

  mapped(facts: MappingFacts): number {
    const { log } = this.#watch
    log.readHere(this.#buffer(facts.buffer))
    // The judge forgets that it was revoked more than once.
    if (this.#again.delete(facts.buffer)) this.#became(facts.buffer, RESTORED)
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
    this.#restored.delete(buffer)
    this.#became(buffer, REVOKING)
    this.#oracle.revoking(buffer, why)
  }

  told(buffer: string): void {
    this.#became(buffer, this.#restored.has(buffer) ? TOLD_LIVE : TOLD)
    this.#oracle.told(buffer)
  }

  revoked(buffer: string, why: string): void {
    if (this.#revoked.has(buffer)) this.#again.add(buffer)
    this.#revoked.add(buffer)
    this.#restored.delete(buffer)
    this.#became(buffer, REVOKED)
    for (const open of this.#mappings.values()) if (open.buffer === buffer) this.#watch.log.writeValue(open.thing, 1)
    this.#oracle.revoked(buffer, why)
  }

  restored(buffer: string): void {
    this.#revoked.delete(buffer)
    this.#restored.add(buffer)
    this.#became(buffer, RESTORED)
    this.#oracle.restored(buffer)
  }

  refused(buffer: string, importer: string, errno: Errno): void {
    this.#watch.log.readHere(this.#buffer(buffer))
    this.#oracle.refused(buffer, importer, errno)
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

  #became(buffer: string, state: number): void {
    this.#watch.log.writeValue(this.#buffer(buffer), this.#again.has(buffer) ? state + AGAIN : state)
  }

  #buffer(name: string): number {
    const known = this.#buffers.get(name)
    if (known !== undefined) return known
    const thing = this.#watch.thing(`judgement of ${name}`, -1)
    this.#buffers.set(name, thing)
    return thing
  }
}

/** What the judge holds of a buffer. */
const REVOKING = 1
const TOLD = 2
const REVOKED = 3
const RESTORED = 4
const TOLD_LIVE = 5
/** More: it was revoked more than once since it was live. */
const AGAIN = 8

/** What the sender can tell. */
const outcomeOf = (landing: JudgedPacket['landing']['kind']): number => landing.length * 256 + landing.charCodeAt(0)
