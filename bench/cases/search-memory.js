// Memory of a search over the plugins: all that it holds when it is over, of each kind, against the two words of a state.
import { DepthFirst } from '@barter/explore'
import { inUse, mustBe } from '../harness.js'
import { manyImporters } from '../models/many-importers.js'

const IMPORTERS = [4, 6, 8]
const WORDS = 16

export function run() {
  // Code that is compiled meanwhile is none of it.
  held(2)
  return IMPORTERS.map((importers) => {
    const { states, table, grounds, futures, steps } = held(importers)
    const all = table + grounds + futures + steps
    const kinds = { table, grounds, futures, steps }
    const each = Object.entries(kinds).map(([kind, bytes]) => `${kind} ${Math.round(bytes / states)} B`)
    return {
      name: `search-${importers}`,
      ratio: all / states / WORDS,
      ours: all / states,
      yardstick: WORDS,
      measure: 'B',
      unit: 'state',
      count: states,
      rounds: 1,
      spread: { ours: 0, yardstick: 0 },
      goal: 'none',
      also: `${each.join(', ')}; ${(all / 1e6).toFixed(0)} MB in all`,
    }
  })
}

/** **Units** bytes. The memory of steps belongs to the subject and outlives the search. */
function held(importers) {
  const subject = manyImporters(importers)
  const composed = inUse()
  const { states, whole } = searched(subject)
  const over = inUse()
  const { count, memory } = states
  return {
    states: count,
    table: memory,
    // Where it left somebody aside is kept in buffers, what threads may come to do in objects.
    grounds: whole.buffers - over.buffers - memory,
    futures: whole.heap - over.heap,
    steps: over.heap + over.buffers - composed.heap - composed.buffers,
    // In use to the end, or it would be collected.
    subject,
  }
}

function searched(subject) {
  const search = new DepthFirst(subject, { match: true })
  search.run()
  const { tally } = search
  mustBe(tally.complete, true, 'complete')
  mustBe(tally.found.length, 0, 'violations')
  const whole = inUse()
  return { states: search.tally.states, whole }
}
