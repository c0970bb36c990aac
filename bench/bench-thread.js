// A thread of its own: explores one part after the other, of what it was started for, or only keeps a core busy.
import { parentPort, workerData } from 'node:worker_threads'
import { runPart } from '@barter/explore'
import { subjectOf } from './subject.js'

const { burn, ...what } = workerData
const subject = burn === true ? undefined : await subjectOf(what)
parentPort.on('message', (task) => parentPort.postMessage(subject === undefined ? busy(task) : runPart(subject, task)))

function busy(rounds) {
  let word = 1
  for (let i = 0; i < rounds; i++) word = (Math.imul(word, 1664525) + 1013904223) | 0
  return word
}
