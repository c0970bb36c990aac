/** Who notices that a request was not answered, who writes it down, how long it takes, and whether it was the last. */
import {
  type AerError,
  type Bdf,
  type Devices,
  type HazardAnswer,
  type HazardPolicy,
  type PciFunction,
  parseBdf,
  type Topology,
  type Trace,
  UNCARRIED,
  type UnansweredRequest,
} from '@barter/core'
import { ErrorReports } from './error-reports.ts'
import type { FatalRequest, UncarriedWay } from './hazard-options.ts'

export interface Manners {
  readonly fatal: readonly FatalRequest[]
  /** **Units** ticks. */
  readonly completionTimeout: number
  readonly uncarried: UncarriedWay
  readonly containment: readonly Bdf[]
}

/** **Source** HAZ-1 to HAZ-3, HAZ-8, TRG-17. **Not modelled** whom a real port tells of a containment. */
export class Manner implements HazardPolicy {
  readonly #topology: Topology
  readonly #manners: Manners
  readonly #reports: ErrorReports

  constructor(topology: Topology, devices: Devices, trace: Trace, manners: Manners) {
    this.#topology = topology
    this.#manners = manners
    this.#reports = new ErrorReports(topology, devices, trace)
  }

  onUnanswered(request: UnansweredRequest): HazardAnswer {
    const { uncarried } = this.#manners
    if (request.why === UNCARRIED && uncarried !== 'refused') return this.#lost(request, uncarried)
    const errors = this.#noticed(request)
    this.#reports.tell(request, errors)
    const fatal = request.landing.kind !== 'acs-violation' && this.#manners.fatal.includes(kindOf(request))
    if (fatal) this.#reports.lastWords(request)
    const kind = fatal ? 'machine-check' : 'dropped'
    const contains = errors.map(({ at, error }) => this.#containedBy(at, error)).find((port) => port !== undefined)
    return { kind, ticks: this.#delay(request), errors, ...(contains === undefined ? {} : { contains }) }
  }

  /** Nobody refuses it, so nobody knows of it before somebody has waited in vain, or has looked at the data (HAZ-8). */
  #lost(request: UnansweredRequest, way: Exclude<UncarriedWay, 'refused'>): HazardAnswer {
    if (way === 'corrupted') return { kind: 'corrupted', ticks: 0, errors: [] }
    if (way === 'hang') {
      this.#reports.lastWords(request)
      return { kind: 'machine-check', ticks: 0, errors: [] }
    }
    const waits = request.access === 'read' && request.from !== 'cpu'
    const errors = waits ? noted(request.from, 'completion-timeout') : []
    this.#reports.tell(request, errors)
    return { kind: 'dropped', ticks: waits ? this.#manners.completionTimeout : 0, errors }
  }

  /** The nearest port above who reports a fatal error, or that port itself. */
  #containedBy(at: Bdf, error: AerError): Bdf | undefined {
    if (this.#reports.severity(at, error) !== 'fatal') return undefined
    const way = this.#topology.chain(this.#topology.get(at))
    return way.find(({ bdf }) => this.#manners.containment.includes(bdf))?.bdf
  }

  /** A refusal comes back at once; silence has to be waited for; nobody waits for a posted write. */
  #delay({ access, landing }: UnansweredRequest): number {
    return access === 'read' && landing.kind === 'silent' ? this.#manners.completionTimeout : 0
  }

  #noticed(request: UnansweredRequest): HazardAnswer['errors'] {
    const { landing } = request
    if (landing.kind === 'silent') {
      // A function in reset discards what it gets and sees nothing; only who waits for an answer notices.
      const at = request.access === 'read' ? this.#whoWaits(request, landing.device) : undefined
      return noted(at, 'completion-timeout')
    }
    const at = parseBdf(landing.at)
    return noted(at, landing.kind === 'acs-violation' ? 'acs-violation' : 'unsupported-request')
  }

  /** The sender itself, or for the CPU the root port through which it asked. */
  #whoWaits({ from }: UnansweredRequest, device: Bdf): Bdf | undefined {
    if (from !== 'cpu') return from
    const chain = this.#topology.chain(this.#topology.get(device))
    return chain.find((fn: PciFunction) => fn.kind === 'root-port')?.bdf
  }
}

const noted = (at: Bdf | undefined, error: AerError): HazardAnswer['errors'] =>
  at === undefined ? [] : [{ at, error }]

const kindOf = ({ from, access }: UnansweredRequest): FatalRequest => `${from === 'cpu' ? 'cpu' : 'peer'}-${access}`
