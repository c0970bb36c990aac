// All pairs of 1 024 endpoints: the matrix against the straight walk for each pair.
import { p2pMatrix, p2pVerdict } from '@barter/core'
import { bigMachine } from '../big-machine.js'
import { compare, mustBe } from '../harness.js'

/** The walk is slow, so it does a sample of rows. */
const SAMPLE = 8

export function run() {
  const { topology, endpoints } = bigMachine(1024)
  const n = endpoints.length
  const matrix = p2pMatrix(topology, endpoints)
  const rows = Array.from({ length: SAMPLE }, (_, i) => Math.floor((i * n) / SAMPLE))
  for (const i of rows) {
    for (let j = 0; j < n; j++) {
      const verdict = p2pVerdict(topology, endpoints[i], endpoints[j])
      const cell = matrix.at(i, j)
      mustBe(`${cell.mapType} ${cell.distance}`, `${verdict.mapType} ${verdict.distance}`, `pair ${i}, ${j}`)
    }
  }
  const result = compare({
    name: 'matrix',
    unit: 'pair',
    count: n * n,
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
