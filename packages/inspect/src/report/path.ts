/** The way of one pair as the kernel walks it, with what each port says: data for a drawing. */
import { type AcsBit, type P2pVerdict, type PciFunction, readAcs, redirectBits, type Topology } from '@barter/core'
import { acsText } from './acs-text.ts'
import { askedFunctions } from './asked.ts'

export interface PathStep {
  /** A function, or the id of a host bridge. */
  readonly at: string
  readonly kind: PciFunction['kind']
  /** As `DeviceReport.acs`; absent for a host bridge, which is none of the functions on the way. */
  readonly acs?: string
  /** On the way from the client up, at the top, or down to the provider. */
  readonly leg: 'up' | 'turn' | 'down'
  /** Bits that make the kernel call the path redirected; absent where the port has no say (ACS-4). */
  readonly redirect?: readonly AcsBit[]
  /** The ACS word is asked for, and is not known. */
  readonly acsMatters?: true
  /** The kernel asks for this function's ACS word (ACS-4). */
  readonly asked?: true
}

/**
 * From the client up to where packets turn round and down to the provider. Where the answer is open, the turn is at the
 * common function: the short way, if nobody redirects. **Source** P2P-20, ACS-4
 */
export function pathOf(topology: Topology, verdict: P2pVerdict): readonly PathStep[] {
  const up = topology.chain(topology.get(verdict.client))
  const down = topology.chain(topology.get(verdict.provider)).toReversed()
  const asked = new Set(askedFunctions(topology, verdict))
  const step = (fn: PciFunction, leg: PathStep['leg']): PathStep => stepOf(fn, leg, asked, verdict)
  const turn = verdict.redirectOn.length === 0 ? verdict.commonUpstream : null
  if (turn !== null) {
    const rise = up.findIndex(({ bdf }) => bdf === turn)
    const fall = down.findIndex(({ bdf }) => bdf === turn)
    return [
      ...up.slice(0, rise).map((fn) => step(fn, 'up')),
      step(up[rise] as PciFunction, 'turn'),
      ...down.slice(fall + 1).map((fn) => step(fn, 'down')),
    ]
  }
  const hosts = [...new Set([up.at(-1)?.hostBridge ?? '', down[0]?.hostBridge ?? ''])]
  return [
    ...up.map((fn) => step(fn, 'up')),
    ...hosts.map((at): PathStep => ({ at, kind: 'host-bridge', leg: 'turn' })),
    ...down.map((fn) => step(fn, 'down')),
  ]
}

function stepOf(fn: PciFunction, leg: PathStep['leg'], asked: ReadonlySet<PciFunction>, verdict: P2pVerdict): PathStep {
  const acs = readAcs(fn.config)
  const isAsked = asked.has(fn)
  return {
    at: fn.bdf,
    kind: fn.kind,
    acs: acsText(acs),
    leg,
    ...(isAsked ? { asked: true } : {}),
    ...(isAsked && acs.kind === 'present' ? { redirect: redirectBits(acs.control) } : {}),
    ...(verdict.acsMattersOn.includes(fn.bdf) ? { acsMatters: true } : {}),
  }
}
