/** Two states of one machine: whose verdict changed, and who lost or gained isolation. */
import type { Bdf, Topology } from '@barter/core'
import type { Letter } from '../report/answer.ts'
import { letterMatrix } from '../report/letters.ts'
import { type IsolationLoss, isolationLoss } from './isolation.ts'

export interface MachineChange {
  /** The changes, as they were asked for. */
  readonly changes: readonly string[]
  /** Ordered pairs with another letter. */
  readonly pairs: readonly ChangedPair[]
  /** Pairs that were looked at. */
  readonly looked: number
  readonly lost: IsolationLoss
  /** The same, the other way round: what is kept apart now and was not. */
  readonly gained: IsolationLoss
}

export interface ChangedPair {
  readonly provider: Bdf
  readonly client: Bdf
  readonly before: Letter
  readonly after: Letter
}

/** **Shape** `devices`: whose pairs to compare; they are in both machines. */
export function compareMachines(
  before: Topology,
  after: Topology,
  devices: readonly Bdf[],
  changes: readonly string[],
): MachineChange {
  const was = letterMatrix(
    before,
    devices.map((bdf) => before.get(bdf)),
  )
  const is = letterMatrix(
    after,
    devices.map((bdf) => after.get(bdf)),
  )
  const pairs: ChangedPair[] = []
  for (const [a, provider] of devices.entries()) {
    for (const [b, client] of devices.entries()) {
      if (a === b || was.at(a, b) === is.at(a, b)) continue
      pairs.push({ provider, client, before: was.at(a, b), after: is.at(a, b) })
    }
  }
  return {
    changes,
    pairs,
    looked: devices.length * (devices.length - 1),
    lost: isolationLoss(before, after),
    gained: isolationLoss(after, before),
  }
}
