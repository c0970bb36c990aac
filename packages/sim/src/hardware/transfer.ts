/** Moving bytes: a transfer is cut where its way changes, and each piece is judged by where it landed. */
import {
  type Access,
  type Bdf,
  type CpuAccess,
  type Device,
  type DmaRequest,
  type DmaResult,
  MiB,
  type Op,
  type PhysAddr,
  point,
  type Route,
  type Trace,
  type UnansweredRequest,
} from '@barter/core'
import { noLength } from '../errors.ts'
import type { Aftermath } from './aftermath.ts'
import type { Contents } from './contents.ts'
import type { Fabric } from './fabric/fabric.ts'
import type { Functions } from './function/functions.ts'
import type { Judge } from './judge.ts'
import { hasArrived, landingText } from './landing-text.ts'

/** Longer reads move their packets all the same, but give no bytes back. */
const READ_BACK_LIMIT = 16 * MiB

const CORRUPT = 0x5a
const NO_DATA = new Uint8Array(0)

export interface TransferParts {
  readonly functions: Functions
  readonly fabric: Fabric
  readonly contents: Contents
  readonly judge: Judge
  readonly aftermath: Aftermath
  readonly trace: Trace
  readonly nameOf: (bdf: Bdf) => string
}

/** What is the same for all pieces of one transfer. */
interface Job {
  readonly from: Bdf | 'cpu'
  readonly who: string
  readonly by: string | undefined
  readonly access: Access
  readonly at: number
  readonly length: number
  readonly data: Uint8Array
  readonly mapping: number | undefined
  /** Of a CPU mapping: whose memory it is meant to reach, for the judge. */
  readonly owner?: Bdf
  readonly route: (at: number) => Route
  /** Pieces that nobody answered, for the platform. */
  readonly unanswered: UnansweredRequest[]
}

export class Transfer {
  readonly #parts: TransferParts
  readonly #labels = new Map<Device, Readonly<Record<Access, string>>>()
  readonly #whyDark: (of: Bdf) => string | undefined

  constructor(parts: TransferParts) {
    this.#parts = parts
    // By a name first, as in ScenarioRun.
    const whyDark = (of: Bdf): string | undefined => parts.functions.of(of).darkBecause
    this.#whyDark = whyDark
  }

  /** One scheduling point for the whole transfer, before its first packet. */
  *dma(request: DmaRequest): Op<DmaResult> {
    const { from, access, length } = request
    if (!Number.isSafeInteger(length) || length < 0) throw noLength(from.name, length)
    yield* point(this.#label(from)[access])
    const sender = this.#parts.functions.wired(from.bdf)
    const facts = { translated: request.translated === true, sent: true, told: this.#parts.trace.on }
    return yield* this.#finished({
      from: from.bdf,
      who: from.name,
      by: request.by,
      access,
      at: request.at,
      length: request.length,
      data: request.data ?? NO_DATA,
      mapping: request.mapping,
      route: (at) => this.#parts.fabric.route(sender, at, access, facts),
      unanswered: [],
    })
  }

  *cpu(access: Access, at: PhysAddr, length: number, data: Uint8Array = NO_DATA, owner?: Bdf): Op<CpuAccess> {
    yield* point(access === 'read' ? 'cpu load' : 'cpu store')
    const facts = { translated: false, sent: true, told: this.#parts.trace.on }
    const route = (address: number): Route => this.#parts.fabric.fromCpu(address, access, facts)
    return yield* this.#finished({
      from: 'cpu',
      who: 'cpu',
      by: undefined,
      access,
      at,
      length,
      data,
      mapping: undefined,
      route,
      unanswered: [],
      ...(owner === undefined ? {} : { owner }),
    })
  }

  *#finished(job: Job): Op<DmaResult> {
    const result = this.#move(job)
    if (job.unanswered.length === 0) return result
    const unheard = yield* this.#parts.aftermath.of(job.unanswered)
    // What a read brought is nobody's, and not even all ones.
    return unheard ? { ...result, arrived: true, ...(result.data && { data: result.data.fill(CORRUPT) }) } : result
  }

  #move(job: Job): DmaResult {
    const { access, at, length } = job
    const back = access === 'read' && length <= READ_BACK_LIMIT ? new Uint8Array(length).fill(0xff) : undefined
    let whole = job.route(at)
    let arrived = hasArrived(whole.landing)
    let route = whole
    for (let done = 0; ;) {
      const piece = Math.min(route.length, length - done)
      this.#deliver(job, route, done, piece, back)
      done += piece
      if (done >= length) break
      route = job.route(at + done)
      if (!arrived || hasArrived(route.landing)) continue
      arrived = false
      whole = route
    }
    this.#tell(job, whole, arrived)
    return back === undefined ? { arrived, route: whole } : { arrived, route: whole, data: back }
  }

  #deliver(job: Job, route: Route, done: number, length: number, back: Uint8Array | undefined): void {
    const { contents, judge, aftermath } = this.#parts
    const { landing } = route
    if (hasArrived(landing)) {
      if (back !== undefined) contents.load(landing, back.subarray(done, done + length))
      else if (job.access === 'write') contents.store(landing, length, job.data, done)
    }
    judge.landed({
      from: job.from,
      who: job.who,
      by: job.by,
      access: job.access,
      at: job.at + done,
      length,
      data: job.data,
      dataFrom: job.data.length === 0 ? 0 : done % job.data.length,
      mapping: job.mapping,
      owner: job.owner,
      landing,
      viaHostBridge: route.viaHostBridge,
      why: route.why,
      whyDark: this.#whyDark,
    })
    if (!aftermath.concerns(landing)) return
    job.unanswered.push({ from: job.from, access: job.access, at: job.at + done, length, landing, why: route.why })
  }

  #tell(job: Job, route: Route, arrived: boolean): void {
    const { trace, nameOf } = this.#parts
    if (!trace.on) return
    trace.emit({
      kind: 'dma',
      device: job.who,
      access: job.access,
      address: job.at,
      length: job.length,
      arrived,
      landing: landingText(route.landing, nameOf),
      route: route.hops.map((hop) => `${hop.at} ${hop.why}`),
    })
  }

  #label(device: Device): Readonly<Record<Access, string>> {
    const known = this.#labels.get(device)
    if (known !== undefined) return known
    const labels = { read: `dma read by ${device.name}`, write: `dma write by ${device.name}` }
    this.#labels.set(device, labels)
    return labels
  }
}
