// A thread of its own: explores one part after the other, of what it was started for, or only keeps a core busy.
import { parentPort, workerData } from 'node:worker_threads'
import { TaskRunner } from '@barter/explore'
import { subjectOf } from './subject.js'

const { burn, ...what } = workerData
const runner = burn === true ? undefined : new TaskRunner(await subjectOf(what))
parentPort.on('message', (task) => parentPort.postMessage(runner === undefined ? busy(task) : runner.run(task)))

function busy(rounds) {
  let word = 1
  for (let i = 0; i < rounds; i++) word = (Math.imul(word, 1664525) + 1013904223) | 0
  return word
}
