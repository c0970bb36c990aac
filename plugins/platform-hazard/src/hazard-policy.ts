/** Who notices that a request was not answered, who writes it down, how long it takes, and whether it was the last. */
import {
  type AerError,
  type Bdf,
  type HazardAnswer,
  type HazardPolicy,
  type PciFunction,
  parseBdf,
  type Topology,
  type Trace,
  type UnansweredRequest,
} from '@barter/core'
import { ErrorReports } from './error-reports.ts'
import type { FatalRequest } from './hazard-options.ts'

export interface Manners {
  readonly fatal: readonly FatalRequest[]
  /** **Units** ticks. */
  readonly completionTimeout: number
}

/** **Source** HAZ-1 to HAZ-3, TRG-17. **Not modelled** downstream port containment, error masks and severities. */
export class Manner implements HazardPolicy {
  readonly #topology: Topology
  readonly #manners: Manners
  readonly #reports: ErrorReports

  constructor(topology: Topology, trace: Trace, manners: Manners) {
    this.#topology = topology
    this.#manners = manners
    this.#reports = new ErrorReports(topology, trace)
  }

  onUnanswered(request: UnansweredRequest): HazardAnswer {
    const errors = this.#noticed(request)
    this.#reports.tell(request, errors)
    const fatal = request.landing.kind !== 'acs-violation' && this.#manners.fatal.includes(kindOf(request))
    if (fatal) this.#reports.lastWords(request)
    return { kind: fatal ? 'machine-check' : 'dropped', ticks: this.#delay(request), errors }
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
