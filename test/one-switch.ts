/** Two devices below one switch: the smallest machine on which one lends to the other; and what is asked of a run on it. */
import { buildTopology, type EndpointSpec, type Report, type Step, type StepValue } from '@barter/core'
import { expect } from 'vitest'

export function oneSwitch(lender: EndpointSpec, user: EndpointSpec) {
  const ports = [{ below: [lender] }, { below: [user] }]
  const { topology, names } = buildTopology({
    hostBridges: [{ devices: [{ rootPort: 'rp0', below: [{ switch: 'sw', ports }] }] }],
  })
  return { topology, at: (name: string) => names.get(name) ?? expect.fail(name) }
}

export function step(verb: string, target: string, { as, ...args }: Readonly<Record<string, StepValue>> = {}): Step {
  return { verb, target, args, ...(typeof as === 'string' ? { as } : {}) }
}

/** How the steps ended, in order. */
export const endings = ({ outcomes }: Report): string[] =>
  outcomes.map(({ result }) => (result.kind === 'errno' ? `${result.errno} ${result.rule}` : result.kind))

export const invariants = ({ violations }: Report): string[] => [
  ...new Set(violations.map(({ invariant }) => invariant)),
]
