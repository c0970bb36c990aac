// The matrix of 8 192 endpoints against writing as many bytes.
import { p2pMatrix } from '@barter/core'
import { bigMachine } from '../big-machine.js'
import { compare, mustBe } from '../harness.js'

export function run() {
  const { topology, endpoints } = bigMachine(8192)
  const n = endpoints.length
  mustBe(p2pMatrix(topology, endpoints).cells.length, n * n, 'cells')
  return compare({
    name: 'fill',
    unit: 'pair',
    count: n * n,
    rounds: 7,
    warmUp: 1,
    goal: 'at most 10',
    a: () => p2pMatrix(topology, endpoints),
    b: () => new Uint8Array(n * n).fill(1),
  })
}
