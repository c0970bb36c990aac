// Two workers on threads of their own against one search alone, over the revoke model and over the plugins.
import { availableParallelism } from 'node:os'
import { depthFirst, exploreInParts } from '@barter/explore'
import { compareThreads, median, mustBe } from '../harness.js'
import { subjectOf } from '../subject.js'
import { gainOfTwo, Thread } from '../threads.js'

const SUBJECTS = [
  { name: 'workers-model', what: { importers: 7 }, rounds: 7, warmUp: 2 },
  // There is much code, and each thread compiles it for itself.
  { name: 'workers-plugins', what: { nics: 5 }, rounds: 7, warmUp: 5 },
]
/** Of what two threads do at once, against one: below that somebody else has the other core. */
const FREE = 1.5

export async function run() {
  const gain = await gainOfTwo()
  if (availableParallelism() < 2 || gain < FREE) {
    console.error(
      `bench: two threads do ${gain.toFixed(1)} times the work of one here, so two workers are not compared`,
    )
    return []
  }
  const results = []
  for (const subject of SUBJECTS) results.push(await besideOne(subject))
  return results
}

async function besideOne({ name, what, rounds, warmUp }) {
  const subject = await subjectOf(what)
  const threads = [new Thread(what), new Thread(what)]
  const work = { two: [], one: [] }
  const gain = await gainOfTwo()
  let states
  try {
    const result = await compareThreads({
      name,
      unit: 'search',
      count: 1,
      rounds,
      warmUp,
      goal: 'aim 0.6',
      a: async () => {
        const before = process.cpuUsage()
        const found = await exploreInParts(subject, {}, threads)
        work.two.push(process.cpuUsage(before).user)
        mustBe(found?.words, 'complete', 'words of two workers')
        states = found.states
      },
      b: () => {
        const before = process.cpuUsage()
        const found = depthFirst(subject, { match: true })
        work.one.push(process.cpuUsage(before).user)
        mustBe(found.complete, true, 'complete')
        mustBe(found.found.length, 0, 'violations')
      },
    })
    const cost = median(work.two.slice(-rounds)) / median(work.one.slice(-rounds))
    return {
      ...result,
      also: `${states} states, ${cost.toFixed(2)} times the CPU time; two threads that only count did ${gain.toFixed(2)} times the work of one`,
    }
  } finally {
    await Promise.all(threads.map((thread) => thread.end()))
  }
}
