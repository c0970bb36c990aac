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
  type Route,
  type Violation,
} from '@barter/core'
import type { JudgedPacket } from '../hardware/judge.ts'
import { hasArrived } from '../hardware/landing-text.ts'
import type { Watch } from '../kernel/watch.ts'
import type { Oracle } from '../oracle/index.ts'
import { WrittenPlaces } from './written-places.ts'

interface OpenMapping {
  readonly buffer: string
  readonly owner: Bdf
  readonly importer: string
  readonly thing: number
  unmapped: boolean
}

/** What the judge thinks of a buffer: whether its importers have been told, and whether it is revoked. */
interface JudgedBuffer {
  readonly told: number
  readonly revoked: number
  /** Whether a map that is refused is wrong: it was revoked more than once, and is live again. */
  readonly owesMaps: number
  owesMapsNow: boolean
  /** How many mappings were not given back. */
  readonly open: number
  openNow: number
}

export class WatchedOracle implements Oracle {
  readonly #oracle: Oracle
  readonly #watch: Watch
  readonly #buffers = new Map<string, JudgedBuffer>()
  /** How many those are: each is known from when somebody first does something with it. */
  readonly #known: number
  /** Since it was live: revoked, and that more than once. Since then: un-revoked, with no revoke under way. */
  readonly #revoked = new Set<string>()
  readonly #again = new Set<string>()
  readonly #restored = new Set<string>()
  readonly #mappings = new Map<number, OpenMapping>()
  /** Registers of all functions together that decide the way of a packet and whether anybody answers. */
  readonly #registers: number
  /** All of each, alike for devices of copies. */
  readonly #registersAt = new Map<Bdf, number>()
  /** What became of each function so far, as hashes, and of all. */
  readonly #registersOf = new Map<Bdf, { readonly key: number; all: number; deciding: number }>()
  #registersNow = 0
  /** Contents of BARs and memory. */
  readonly #contents: number
  readonly #written = new WrittenPlaces()
  /** Which drivers are gone. */
  readonly #drivers: number
  readonly #nameOf: (bdf: Bdf) => string

  /** **Shape** `nameOf`: what the scenario calls a function. */
  constructor(oracle: Oracle, watch: Watch, nameOf: (bdf: Bdf) => string) {
    this.#oracle = oracle
    this.#watch = watch
    this.#nameOf = nameOf
    this.#registers = watch.thing('registers of all', -1)
    this.#contents = watch.thing('contents', -1)
    this.#drivers = watch.thing('drivers that are gone', -1)
    this.#known = watch.thing('buffers that are judged', -1)
  }

  get violations(): readonly Violation[] {
    return this.#oracle.violations
  }

  /** Somebody looks at registers of `device` and sees `value`. */
  readsRegisters(device: Bdf, value: number): void {
    this.#watch.log.readValue(this.#registersThing(device), value)
  }

  /** Somebody asks for the way that a packet would take. */
  readsRoute(route: Route): void {
    this.#watch.log.readValue(this.#registers, this.#watch.wordOf(JSON.stringify(route)))
  }

  /** Registers of `device` become others: `decides` over packets, or not; `what` says which, or what comes of it. */
  changesRegisters(device: Bdf, decides: boolean, what: number): void {
    let written = this.#registersOf.get(device)
    if (written === undefined) {
      written = { key: hashOfText(device), all: 0, deciding: 0 }
      this.#registersOf.set(device, written)
    }
    written.all = mixA(written.all, what)
    this.#watch.log.writeValue(this.#registersThing(device), written.all)
    if (!decides) return
    const { key, deciding: before } = written
    written.deciding = mixA(before, what)
    this.#registersNow = addWords(this.#registersNow, mixA(key, written.deciding) - mixA(key, before))
    this.#watch.log.writeValue(this.#registers, this.#registersNow)
  }

  #registersThing(device: Bdf): number {
    const known = this.#registersAt.get(device)
    if (known !== undefined) return known
    const name = this.#nameOf(device)
    const thing = this.#watch.thing(`registers of ${name}`, this.#watch.groupOfDevice(name))
    this.#registersAt.set(device, thing)
    return thing
  }

  /** What is told of it has its name, which whoever maps it need not know. */
  made(buffer: string): void {
    this.#buffer(buffer)
  }

  mapped(facts: MappingFacts): number {
    const { log } = this.#watch
    const judged = this.#buffer(facts.buffer)
    log.readHere(judged.told)
    log.readHere(judged.revoked)
    // The judge forgets that it was revoked more than once.
    if (this.#again.delete(facts.buffer)) this.#became(facts.buffer, RESTORED)
    log.readHere(this.#drivers)
    const mapping = this.#oracle.mapped(facts)
    const thing = this.#watch.thing(`mapping of ${facts.buffer}`)
    this.#mappings.set(mapping, {
      buffer: facts.buffer,
      owner: facts.owner.bdf,
      importer: facts.importer.name,
      thing,
      unmapped: false,
    })
    this.#notesOpen(judged, 1)
    return mapping
  }

  unmapping(mapping: number): void {
    const open = this.#mappings.get(mapping)
    if (open !== undefined) this.#watch.log.writeValue(open.thing, LEAVING)
    this.#oracle.unmapping?.(mapping)
  }

  unmapped(mapping: number): void {
    const open = this.#mappings.get(mapping)
    if (open !== undefined) {
      if (!open.unmapped) this.#notesOpen(this.#buffer(open.buffer), -1)
      open.unmapped = true
      this.#watch.log.writeValue(open.thing, 0)
    }
    this.#oracle.unmapped(mapping)
  }

  revoking(buffer: string, why: string): void {
    // Unless it was live again nothing is wrong yet with what comes after this.
    if (this.#restored.delete(buffer)) this.#became(buffer, REVOKING)
    this.#oracle.revoking(buffer, why)
  }

  told(buffer: string): void {
    this.#watch.log.writeValue(this.#buffer(buffer).told, this.#restored.has(buffer) ? TOLD_LIVE : TOLD)
    this.#oracle.told(buffer)
  }

  revoked(buffer: string, why: string): void {
    if (this.#revoked.has(buffer)) this.#again.add(buffer)
    this.#revoked.add(buffer)
    this.#restored.delete(buffer)
    this.#became(buffer, REVOKED)
    this.#watch.log.heeds(this.#buffer(buffer).open)
    this.#forOpen((open) => {
      if (open.buffer !== buffer) return
      this.#watch.log.heeds(open.thing)
      this.#watch.log.writeValue(open.thing, 1)
    })
    this.#oracle.revoked(buffer, why)
  }

  restored(buffer: string): void {
    this.#revoked.delete(buffer)
    this.#restored.add(buffer)
    this.#watch.log.writeValue(this.#buffer(buffer).told, 0)
    this.#became(buffer, RESTORED)
    this.#oracle.restored(buffer)
  }

  refused(buffer: string, importer: string, errno: Errno): void {
    this.#watch.log.readHere(this.#buffer(buffer).owesMaps)
    this.#oracle.refused(buffer, importer, errno)
  }

  providerGone(device: Bdf): void {
    this.#watch.log.write(this.#drivers)
    this.#watch.log.heeds(this.#known)
    for (const name of [...this.#buffers.keys()].sort()) this.#watch.log.heeds(this.#buffer(name).open)
    this.#forOpen((open) => {
      if (open.owner !== device) return
      this.#watch.log.heeds(open.thing)
      this.#watch.log.writeValue(open.thing, 2)
    })
    this.#oracle.providerGone(device)
  }

  leftover(what: string, rule: string): void {
    this.#oracle.leftover(what, rule)
  }

  broken(invariant: string, rule: string, message: string): void {
    this.#oracle.broken(invariant, rule, message)
  }

  beginsToWaitForUnmap(waiter: Party): void {
    this.#oracle.beginsToWaitForUnmap(waiter)
  }

  checkOpen(): void {
    this.#oracle.checkOpen()
  }

  waitsForUnmap(waiter: Party, rule: string): void {
    this.#oracle.waitsForUnmap(waiter, rule)
  }

  landed(packet: JudgedPacket): void {
    const { log } = this.#watch
    log.tells?.(mixA(packet.at, packet.length))
    log.readValue(this.#registers, this.#outcomeOf(packet))
    log.readHere(this.#drivers)
    if (hasArrived(packet.landing)) this.#touchesContents(packet)
    const open = packet.mapping === undefined ? undefined : this.#mappings.get(packet.mapping)
    if (open !== undefined) log.readHere(open.thing)
    this.#oracle.landed(packet)
  }

  /** What the sender can tell: a driver may say why nobody answered. */
  #outcomeOf({ landing, why }: JudgedPacket): number {
    const outcome = landing.kind.length * 256 + landing.kind.charCodeAt(0)
    return hasArrived(landing) ? outcome : mixA(outcome, this.#watch.wordOf(why))
  }

  /** To write what is there already, or where nobody wrote before, commutes with other such writes. */
  #touchesContents({ access, landing, length, data, dataFrom }: JudgedPacket): void {
    const { log } = this.#watch
    if (access === 'read') log.read(this.#contents)
    else if (this.#written.write(landing, length, hashOfText(`${dataFrom} ${data.join()}`)))
      log.addValue(this.#contents, this.#written.word)
    else log.write(this.#contents)
  }

  dark(device: Bdf, why: string): void {
    this.#oracle.dark(device, why)
  }

  light(device: Bdf): void {
    this.#oracle.light(device)
  }

  #became(buffer: string, state: number): void {
    const judged = this.#buffer(buffer)
    const again = this.#again.has(buffer)
    this.#watch.log.writeValue(judged.revoked, again ? state + AGAIN : state)
    const owesMaps = again && this.#restored.has(buffer)
    if (owesMaps === judged.owesMapsNow) return
    judged.owesMapsNow = owesMaps
    this.#watch.log.writeValue(judged.owesMaps, owesMaps ? 1 : 0)
  }

  /** What was given back is judged for good. They come in the order of their importers, whoever mapped first. */
  #forOpen(act: (open: OpenMapping) => void): void {
    const open = [...this.#mappings.values()].filter(({ unmapped }) => !unmapped)
    for (const one of open.sort((a, b) => (a.importer < b.importer ? -1 : a.importer > b.importer ? 1 : 0))) act(one)
  }

  /** So many more are open. */
  #notesOpen(judged: JudgedBuffer, more: number): void {
    judged.openNow += more
    this.#watch.log.noteValue(judged.open, judged.openNow, more)
  }

  #buffer(name: string): JudgedBuffer {
    const known = this.#buffers.get(name)
    if (known !== undefined) return known
    const told = this.#watch.thing(`whether importers of ${name} were told`, -1)
    const revoked = this.#watch.thing(`whether ${name} is revoked`, -1)
    const made = {
      told,
      revoked,
      owesMaps: this.#watch.thing(`whether ${name} owes maps`, -1),
      owesMapsNow: false,
      open: this.#watch.thing(`open mappings of ${name}`, -1),
      openNow: 0,
    }
    this.#buffers.set(name, made)
    this.#watch.log.noteValue(this.#known, this.#buffers.size)
    return made
  }
}

/** What the judge holds of a mapping that is not given back yet. */
const LEAVING = 3
/** What the judge holds of a buffer. */
const REVOKING = 1
const TOLD = 2
const REVOKED = 3
const RESTORED = 4
const TOLD_LIVE = 5
/** More: it was revoked more than once since it was live. */
const AGAIN = 8
