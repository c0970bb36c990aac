/**
 * The judge of a run. Software declares mappings, revokes and ends of drivers; hardware tells where packets landed and
 * who is dark; what does not fit together is a violation, with both parties named.
 *
 * Page states of architecture.md are kept per function: *dark* while the hardware says so, *gone* from the end of its
 * driver to the next mapping of a new one, else *live*. The oracle changes nothing in a run.
 *
 * **Source** INV-1, INV-2, INV-3, INV-4, INV-9, INV-13, INV-14, INV-16, INV-17, INV-18, INV-28, INV-29
 */
import type { Bdf, Errno, MappingFacts, Party, Trace, Violation, Witness } from '@barter/core'
import type { Judge, JudgedPacket } from '../hardware/judge.ts'
import { coverageFault } from './coverage.ts'
import { Findings } from './findings.ts'
import { afterWithdrawal, type Finding, hazard, touched, wrongWay } from './judgement.ts'
import { MappingRecord } from './mapping-record.ts'
import { mappingText, packetText, transferText } from './packet-text.ts'
import { type Repeat, Repeats } from './repeats.ts'

export interface OracleParts {
  readonly trace: Trace
  /** Virtual time in ticks. */
  readonly now: () => number
  /** Number of the next trace event. */
  readonly seq?: () => number
  /** Name of the thread that runs. */
  readonly task?: () => string
  /** Bytes; entries of tables are multiples of it. */
  readonly pageSize?: number
  /** The IOMMU is on, and the kernel keeps the two in different groups. Never unless given. */
  readonly apart?: (a: Bdf, b: Bdf) => boolean
}

export interface Oracle extends Witness, Judge {
  /** Somebody cannot go on before importers unmap: has he told them to? (INV-10) */
  beginsToWaitForUnmap(waiter: Party): void
  /** At the end, when everybody is through: what was mapped was given back (INV-28). */
  checkOpen(): void
  /** At the end somebody still waits for unmaps: whose fault is it? (INV-9, INV-10) **Shape** `rule`: that of the wait. */
  waitsForUnmap(waiter: Party, rule: string): void
  /** In order of time. */
  readonly violations: readonly Violation[]
}

export function createOracle(parts: OracleParts): Oracle {
  return new RunOracle(parts)
}

class RunOracle implements Oracle {
  readonly #parts: OracleParts
  readonly #findings: Findings
  readonly #mappings: MappingRecord[] = []
  /** Those that nobody unmapped yet, for the end of a driver. */
  readonly #open = new Set<MappingRecord>()
  readonly #revoked = new Map<string, Party>()
  /** Buffers that are being taken back, and whether their importers know. */
  readonly #revoking = new Map<string, { readonly by: Party; told: boolean }>()
  readonly #repeats = new Repeats()
  readonly #gone = new Map<Bdf, Party>()
  /** The last act that made a function dark. */
  readonly #dark = new Map<Bdf, Party>()

  constructor(parts: OracleParts) {
    this.#parts = parts
    this.#findings = new Findings(parts.trace)
  }

  get violations(): readonly Violation[] {
    return this.#findings.violations
  }

  mapped(facts: MappingFacts): number {
    const made = this.#party(`mapped ${facts.buffer} for ${facts.importer.name}`)
    const mapping = new MappingRecord(this.#mappings.length, facts, made)
    this.#mappings.push(mapping)
    this.#open.add(mapping)
    // A new driver of the owner made new P2P state; a mapping from the old one's finds none.
    if (facts.owner.p2p !== undefined) this.#gone.delete(facts.owner.bdf)
    this.#repeats.mapped(facts.buffer)
    this.#checkRevoked(mapping)
    this.#checkCoverage(mapping)
    const gone = this.#gone.get(facts.owner.bdf)
    if (gone !== undefined) {
      const message = `${facts.buffer} was mapped for ${facts.importer.name} after the driver of ${facts.owner.name} had gone`
      this.#report(mapping, 'INV-3', 'P2P-8', message, made, [gone])
    }
    this.#checkIsolation(mapping)
    return mapping.number
  }

  unmapping(number: number): void {
    const mapping = this.#mappings[number]
    if (mapping !== undefined) mapping.leaving = true
  }

  unmapped(number: number): void {
    const mapping = this.#mappings[number]
    if (mapping === undefined) return
    const party = this.#party(`unmapped ${mapping.facts.buffer} of ${mapping.facts.importer.name}`)
    if (mapping.unmapped) {
      const message = `${mappingText(mapping)} was given back already, and ${mapping.facts.importer.name} gives it back again`
      this.#report(mapping, 'INV-13', 'REV-6', message, party, [mapping.made, ...mapping.ended])
    }
    mapping.unmapped = true
    mapping.ended.push(party)
    this.#open.delete(mapping)
  }

  revoking(buffer: string, why: string): void {
    this.#repeats.revoking(buffer)
    this.#revoking.set(buffer, { by: this.#party(`revokes ${buffer}: ${why}`), told: false })
  }

  told(buffer: string): void {
    const revoking = this.#revoking.get(buffer)
    if (revoking !== undefined) revoking.told = true
    for (const mapping of this.#open) {
      if (mapping.facts.buffer !== buffer) continue
      mapping.told ??= this.#party(`told ${mapping.facts.importer.name} to let go of ${buffer}`)
      if (this.#isLive(buffer)) this.#repeats.told(buffer, mapping.told)
    }
  }

  revoked(buffer: string, why: string): void {
    this.#revoking.delete(buffer)
    const party = this.#party(`revoked ${buffer}: ${why}`)
    this.#revoked.set(buffer, party)
    this.#repeats.revoked(buffer, party)
    for (const mapping of this.#open) {
      if (mapping.facts.buffer === buffer) mapping.ended.push(party)
    }
  }

  restored(buffer: string): void {
    const party = this.#party(`un-revoked ${buffer}`)
    const found = this.#repeats.restored(buffer, party)
    if (found !== undefined) this.#repeated(buffer, found, party)
    this.#revoked.delete(buffer)
    this.#revoking.delete(buffer)
  }

  refused(buffer: string, importer: string, errno: Errno): void {
    if (errno !== 'ENODEV' || !this.#isLive(buffer)) return
    const found = this.#repeats.refused(buffer, importer)
    if (found !== undefined) this.#repeated(buffer, found, this.#party(`may not map ${buffer} for ${importer}`))
  }

  providerGone(device: Bdf): void {
    const party = this.#party(`ended the driver of ${device}`)
    this.#gone.set(device, party)
    for (const mapping of this.#open) {
      if (mapping.facts.owner.bdf !== device) continue
      const message = `${mappingText(mapping)}, held by ${mapping.facts.importer.name}, outlives the driver of ${mapping.facts.owner.name}`
      this.#report(mapping, 'INV-3', 'P2P-8', message, party, [mapping.made])
      mapping.ended.push(party)
    }
  }

  leftover(what: string, rule: string): void {
    const actor = this.#party(`left over: ${what}`)
    this.#findings.add(what, { invariant: 'INV-28', rule, message: `left over: ${what}`, actor, parties: [] })
  }

  broken(invariant: string, rule: string, message: string): void {
    this.#findings.add(message, { invariant, rule, message, actor: this.#party(message), parties: [] })
  }

  beginsToWaitForUnmap(waiter: Party): void {
    for (const [buffer, { by, told }] of this.#revoking) {
      if (told || by.who !== waiter.who) continue
      const message = `${waiter.who} takes ${buffer} back and waits for its importers to unmap, and has told none of them: it waits for user space`
      this.#report(buffer, 'INV-10', 'DMB-16', message, waiter, [by])
    }
  }

  checkOpen(): void {
    for (const mapping of this.#open) {
      const { buffer, importer } = mapping.facts
      const message = `left over: ${mappingText(mapping)}, made for ${importer.name}: its importer is gone, and the exporter of ${buffer} did not free the table`
      this.#report(mapping, 'INV-28', 'SGT-14', message, this.#party(`holds ${mappingText(mapping)}`), [mapping.made])
    }
  }

  waitsForUnmap(waiter: Party, rule: string): void {
    const guilty = [...this.#open].filter(({ told }) => told !== undefined)
    for (const mapping of guilty) {
      const { made, told, facts } = mapping
      const message = `${facts.importer.name} was told to let go of ${facts.buffer} and does not; ${waiter.who} ${waiter.what}`
      const actor = { ...waiter, who: facts.importer.name, what: `holds ${mappingText(mapping)}` }
      this.#report(mapping, 'INV-9', 'DMB-18', message, actor, [made, told, waiter])
    }
    if (guilty.length > 0) return
    const holders = [...this.#open].map((mapping) => `${mapping.facts.importer.name} holds ${mappingText(mapping)}`)
    const why =
      holders.length === 0
        ? 'nobody holds a mapping: who waits counts them wrong, or is not woken'
        : `${holders.join(', ')}, and nobody was told to let go`
    const message = `${waiter.who} ${waiter.what}; ${why}`
    this.#findings.add(waiter.who, { invariant: 'INV-10', rule, message, actor: waiter, parties: [] })
  }

  dark(device: Bdf, why: string): void {
    this.#dark.set(device, this.#party(`made ${device} dark: ${why}`))
  }

  light(device: Bdf): void {
    this.#dark.delete(device)
  }

  landed(packet: JudgedPacket): void {
    // Who may not send touches nothing.
    if (packet.landing.kind === 'not-sent') return
    const mapping = packet.mapping === undefined ? undefined : this.#mappings[packet.mapping]
    const dark = hazard(packet, mapping)
    this.#found(packet, mapping, dark)
    this.#found(packet, mapping, this.#ofGoneDriver(packet))
    if (mapping === undefined) return
    if (mapping.withdrawn) this.#found(packet, mapping, afterWithdrawal(packet, mapping))
    // A dark owner is reason enough not to arrive, and so is a translation that is on its way out.
    else if (dark === undefined && !(mapping.leaving && packet.landing.kind === 'iommu-fault'))
      this.#found(packet, mapping, wrongWay(packet, mapping))
  }

  #isLive(buffer: string): boolean {
    return !this.#revoked.has(buffer) && !this.#revoking.has(buffer)
  }

  #repeated(buffer: string, { rule, message, parties }: Repeat, actor: Party): void {
    this.#report(buffer, 'INV-13', rule, message, actor, parties)
  }

  /** INV-17: whole pages, none too long, and together the buffer. */
  #checkCoverage(mapping: MappingRecord): void {
    const { pageSize = 1 } = this.#parts
    const fault = coverageFault(mapping.facts, pageSize)
    if (fault === undefined) return
    const message = `the table of ${mapping.facts.buffer} for ${mapping.facts.importer.name}: ${fault}`
    this.#report(mapping, 'INV-17', 'SGT-9', message, mapping.made, [])
  }

  /** INV-4: neither while the buffer is revoked nor, once importers have been told, while it is being taken back. */
  #checkRevoked(mapping: MappingRecord): void {
    const { buffer, importer, handedOutBefore } = mapping.facts
    const revoked = this.#revoked.get(buffer)
    const revoking = this.#revoking.get(buffer)
    if (revoked !== undefined) {
      const message = `${buffer} was mapped for ${importer.name} while it is revoked`
      this.#report(mapping, 'INV-4', 'VFIO-26', message, mapping.made, [revoked])
    } else if (revoking?.told === true && handedOutBefore !== true) {
      const message = `${buffer} was mapped for ${importer.name} after its importers were told to let go`
      this.#report(mapping, 'INV-4', 'REV-3', message, mapping.made, [revoking.by])
    }
  }

  /** INV-29: packets that turn round below the IOMMU stay within what the kernel takes for one. */
  #checkIsolation(mapping: MappingRecord): void {
    const { buffer, importer, owner, mapType } = mapping.facts
    if (mapType !== 'bus-addr' || this.#parts.apart?.(owner.bdf, importer.bdf) !== true) return
    const message = `${buffer} was mapped for ${importer.name} by bus address, past the IOMMU, and the kernel has ${owner.name} and ${importer.name} in two groups`
    this.#report(mapping, 'INV-29', 'ACS-14', message, mapping.made, [])
  }

  #ofGoneDriver(packet: JudgedPacket): Finding | undefined {
    const device = touched(packet)
    if (device === undefined || packet.from === 'cpu' || !this.#gone.has(device)) return undefined
    const message = `${packetText(packet)} and reached ${device}, whose driver is gone`
    return { invariant: 'INV-3', rule: 'P2P-8', message }
  }

  #found(packet: JudgedPacket, mapping: MappingRecord | undefined, finding: Finding | undefined): void {
    if (finding === undefined) return
    const by = packet.by === undefined ? '' : ` for ${packet.who}`
    const actor = this.#party(`${transferText(packet)}${by}`, packet.by ?? packet.who)
    const device = touched(packet)
    const parties = [
      mapping?.made,
      ...(mapping?.ended ?? []),
      finding.dark === undefined ? undefined : this.#dark.get(finding.dark),
      finding.invariant === 'INV-3' && device !== undefined ? this.#gone.get(device) : undefined,
    ]
    this.#report(mapping ?? packet.who, finding.invariant, finding.rule, finding.message, actor, parties)
  }

  #report(
    about: MappingRecord | string,
    invariant: string,
    rule: string,
    message: string,
    actor: Party,
    others: readonly (Party | undefined)[],
  ): void {
    const parties = [...new Set(others)].filter((party) => party !== undefined).sort((a, b) => a.seq - b.seq)
    const key = typeof about === 'string' ? about : `mapping ${about.number}`
    this.#findings.add(key, { invariant, rule, message, actor, parties })
  }

  #party(what: string, who = this.#parts.task?.() ?? ''): Party {
    return { who, what, tick: this.#parts.now(), seq: this.#parts.seq?.() ?? 0 }
  }
}
