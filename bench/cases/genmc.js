// GenMC on the revoke model, each checker as a process: the same complete executions, and a complete answer by states.
import { join } from 'node:path'
import { root } from '../../scripts/set-up.js'
import { mustBe } from '../harness.js'
import { genmc, inTurn, readGenmc, timedProcess } from '../rivals.js'

/** Sequential consistency, and nothing beside the search; both sides leave races of plain accesses unchecked. */
const OPTIONS = ['--sc', '--disable-estimation', '--disable-race-detection']
const MODEL = join(root, 'bench/rivals/revoke.c')
const OURS = join(root, 'bench/models/explore-model.js')
const COUNTS = [
  { importers: 1, executions: 24 },
  { importers: 2, executions: 662 },
  { importers: 3, executions: 31_908 },
]
const ROUNDS = 5

export function run() {
  const program = genmc()
  if (program === undefined) return []
  mustBe(theirs(program, 3, '-DNO_WAIT').failed, true, 'genmc finds an error without the wait')
  return COUNTS.flatMap((counts) => [
    beside(program, { ...counts, name: 'genmc', how: 'dpor' }),
    beside(program, { ...counts, name: 'genmc-states', how: 'states' }),
  ])
}

/** **Shape** `how`: `dpor`, whose schedules are as many as GenMC's executions, or `states`. */
function beside(program, { importers, executions, name, how }) {
  let searched
  const result = inTurn({
    name: `${name}-${importers}`,
    unit: 'process',
    rounds: ROUNDS,
    goal: 'none',
    a: () => {
      const { text, nanoseconds } = timedProcess(process.execPath, [OURS, importers, how])
      searched = JSON.parse(text.split('\n', 1)[0])
      mustBe(searched.complete, true, 'complete')
      mustBe(searched.errors, 0, 'errors')
      if (how === 'dpor') mustBe(searched.schedules, executions, 'complete executions')
      return nanoseconds
    },
    b: () => {
      const found = theirs(program, importers)
      mustBe(found.failed, false, 'genmc found something')
      mustBe(found.executions, executions, 'complete executions of genmc')
      return found.nanoseconds
    },
  })
  return { ...result, also: `${how === 'dpor' ? executions : searched.schedules} schedules, genmc ${executions}` }
}

function theirs(program, importers, ...flags) {
  const { text, nanoseconds } = timedProcess(program, [...OPTIONS, '--', `-DK=${importers}`, ...flags, MODEL])
  return { ...readGenmc(text), nanoseconds }
}
