// Memory: the columns that answer any pair, and the matrix, against the verdicts that the walk makes, as they are kept.
import { p2pIndex, p2pMatrix, p2pVerdict } from '@barter/core'
import { bigMachine } from '../big-machine.js'
import { median, mustBe, retained } from '../harness.js'

/** Verdicts are big, so a sample of rows is kept: about so many pairs. */
const PAIRS = 32_768
const ROUNDS = 3

/** What ours takes is counted, what verdicts take is seen on the heap. */
export function run() {
  return [1024, 8192].flatMap((size) => {
    const { topology, endpoints } = bigMachine(size)
    const n = endpoints.length
    const matrix = p2pMatrix(topology, endpoints)
    mustBe(matrix.cells.length, n * n, 'cells')
    const rows = Math.ceil(PAIRS / n)
    const keep = () => endpoints.slice(0, rows).map((one) => endpoints.map((other) => p2pVerdict(topology, one, other)))
    keep()
    const walked = median(Array.from({ length: ROUNDS }, () => retained(keep)))
    const perPair = { ours: matrix.cells.byteLength / (n * n), yardstick: walked / (rows * n) }
    const perEndpoint = { ours: p2pIndex(topology).bytes / n, yardstick: (perPair.yardstick * n * n) / n }
    const common = { rounds: ROUNDS, measure: 'B', spread: { ours: 0, yardstick: 0 } }
    return [
      {
        ...common,
        ...perPair,
        name: `cells-${n}`,
        ratio: perPair.ours / perPair.yardstick,
        unit: 'pair',
        count: n * n,
        goal: 'at most 2 B',
      },
      {
        ...common,
        ...perEndpoint,
        name: `index-${n}`,
        ratio: perEndpoint.ours / perEndpoint.yardstick,
        unit: 'endpoint',
        count: n,
        goal: 'at most 32 B',
      },
    ]
  })
}
