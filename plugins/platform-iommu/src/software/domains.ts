/** All domains of a run: the kernel's own for each group, and those that others made for themselves. */
import {
  AT_END,
  type Bdf,
  ContractError,
  type Device,
  DEVICES,
  type Devices,
  FACTS,
  hex,
  type IommuDomain,
  type IommuDomains,
  type Kernel,
  KERNEL,
  type Op,
  point,
  type Scope,
  type Topology,
  TOPOLOGY,
  TRACE,
  type Trace,
  WITNESS,
} from '@barter/core'
import { type Context, TranslationUnit } from '../hardware/translation-unit.ts'
import { APERTURE, DmaDomain } from './dma-domain.ts'
import { Domain, type DomainServices } from './domain.ts'
import type { IommuGroup, IommuGroups } from './iommu-group.ts'
import { interruptRegions, type Region, reservedRegions } from './reserved-regions.ts'

export class Domains implements IommuDomains {
  readonly unit: TranslationUnit
  readonly granule: number
  readonly aperture = APERTURE
  readonly #groups: IommuGroups
  readonly #identity: boolean
  readonly #kernel: Kernel
  readonly #topology: Topology
  readonly #cpu: Parameters<typeof reservedRegions>[2]
  readonly #services: DomainServices
  readonly #own = new Map<IommuGroup, DmaDomain>()
  /** Groups whose translation somebody else took over. */
  readonly #taken = new Set<IommuGroup>()

  /** **Units** granule in bytes. */
  constructor(run: Scope, groups: IommuGroups, granule: number) {
    const trace = run.get(TRACE)
    const facts = run.get(FACTS)
    this.granule = granule
    this.#groups = groups
    this.#identity = facts.iommu.mode === 'identity'
    this.#kernel = run.get(KERNEL)
    this.#topology = run.get(TOPOLOGY)
    this.#cpu = facts.cpu
    const shared = this.#kernel.shared.bind(this.#kernel)
    this.unit = new TranslationUnit({
      shared,
      requesters: groups.all.flatMap(({ requesters }) => requesters),
      otherwise: this.#identity ? 'pass' : 'block',
      requesterId: (from) => groups.requesterId(from),
      fault: faultLog(trace, run.get(DEVICES)),
    })
    this.#services = { unit: this.unit, trace, granule, shared }
    for (const group of groups.all) if (group.identity) this.#use(group, 'pass')
    run.get(AT_END)(() => {
      this.#reportLeftovers(run)
    })
  }

  /** The default domain of a device under the DMA API, made when first asked for. `undefined`: an identity domain. */
  dmaDomainOf(device: Device): DmaDomain | undefined {
    const group = this.#groups.of(device.bdf)
    if (this.#identity || group.identity) return undefined
    const found = this.#own.get(group)
    found?.isThere()
    if (found !== undefined) return found
    const of = { name: group.shared ? group.name : device.name }
    const made = new DmaDomain(this.#kernel, {
      of,
      domain: new Domain(this.#services, of.name, of),
      granule: this.#services.granule,
      reserved: reservedRegions(this.#topology, group.hostBridge, this.#cpu),
    })
    this.#own.set(group, made)
    if (!this.#taken.has(group)) this.#use(group, made.domain.table)
    return made
  }

  create(name: string): IommuDomain {
    return new Domain(this.#services, name)
  }

  *attach(device: Device, domain: IommuDomain): Op<void> {
    if (!(domain instanceof Domain)) throw new ContractError('IFD-7', `${domain.name} is not a domain of this IOMMU`)
    yield* point(`iommu attach ${device.name}`)
    const group = this.#groups.of(device.bdf)
    this.#taken.add(group)
    this.#use(group, domain.table)
  }

  *detach(device: Device): Op<void> {
    yield* point(`iommu detach ${device.name}`)
    const group = this.#groups.of(device.bdf)
    this.#taken.delete(group)
    this.#use(group, this.#own.get(group)?.domain.table ?? (this.#identity || group.identity ? 'pass' : 'block'))
  }

  reserved(): readonly Region[] {
    return interruptRegions(this.#cpu)
  }

  #use(group: IommuGroup, context: Context): void {
    for (const requester of group.requesters) this.unit.setContext(requester, context)
  }

  #reportLeftovers(run: Scope): void {
    const witness = run.get(WITNESS)
    for (const { domain, queue, leftovers } of this.#own.values()) {
      // A range in the flush queue is on its way back: the run ended before its timer.
      if (leftovers.ranges.length > queue.length) {
        const starts = leftovers.ranges.map(hex).join(', ')
        witness.leftover(`IOVA ranges of ${domain.name}: ${starts}`, 'INV-28')
      } else if (leftovers.mapped > 0) {
        witness.leftover(`${leftovers.mapped} bytes of translations of ${domain.name}`, 'INV-28')
      }
    }
  }
}

/** The kernel's handler of the fault interrupt: a line for the timeline. */
function faultLog(trace: Trace, devices: Devices): (from: Bdf, address: number, why: string) => void {
  return (from, address, why) => {
    trace.emit({ kind: 'iommu', action: 'fault', device: devices.get(from).name, address, why })
  }
}
