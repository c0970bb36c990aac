// All pairs of 8 192 endpoints: the matrix against the straight walk for each pair.
import { p2pMatrix, p2pVerdict } from '@barter/core'
import { bigMachine } from '../big-machine.js'
import { compare, mustBe } from '../harness.js'

/** The walk is slow, so it does a sample of rows. */
const SAMPLE = 2

export function run() {
  const { topology, endpoints } = bigMachine(8192)
  const n = endpoints.length
  const matrix = p2pMatrix(topology, endpoints)
  const rows = Array.from({ length: SAMPLE }, (_, i) => Math.floor(((i + 0.5) * n) / SAMPLE))
  for (const i of rows) {
    for (let j = 0; j < n; j++) {
      const verdict = p2pVerdict(topology, endpoints[i], endpoints[j])
      const cell = matrix.at(i, j)
      mustBe(`${cell.mapType} ${cell.distance}`, `${verdict.mapType} ${verdict.distance}`, `pair ${i}, ${j}`)
    }
  }
  const result = compare({
    name: 'matrix-8192',
    unit: 'pair',
    count: n * n,
    rounds: 7,
    warmUp: 1,
    goal: 'at most 1/100',
    a: () => p2pMatrix(topology, endpoints),
    b: () => {
      for (const i of rows) for (const client of endpoints) p2pVerdict(topology, endpoints[i], client)
    },
  })
  // Ours did all pairs, the yardstick a sample of them.
  const scale = n / SAMPLE
  return { ...result, ratio: result.ratio / scale, yardstick: result.yardstick * scale }
}
