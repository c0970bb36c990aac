/** A worker thread of an exploration. It loads the scenario by itself, as plugins cannot be sent in messages. */
import { parentPort, workerData } from 'node:worker_threads'
import { explorableOf, type Task, TaskRunner, notedSubject } from '@barter/explore'
import { loadChosen } from '../scenario/system-choice.ts'
import { StepLog } from '../watch/step-log.ts'
import type { FromThread, ThreadStory } from './thread-workers.ts'

const port = parentPort
if (port === null) throw new Error('this file is started as a thread by barter explore')
const say = (message: FromThread): void => port.postMessage(message)

const { path, choice, cwd, shared } = workerData as ThreadStory
const { system, scenario } = await loadChosen(path, choice, cwd)
const log = shared === undefined ? undefined : new StepLog(shared)
const subject = notedSubject(explorableOf(system, scenario), log)
const runner = new TaskRunner(subject)
port.on('message', (task: Task) => {
  say({ kind: 'result', result: runner.run(task) })
})
say({ kind: 'ready', digest: subject.digest })
