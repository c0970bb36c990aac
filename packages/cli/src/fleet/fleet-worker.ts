/** A thread that reads one capture after the other. It has no state: what is known of shapes, the main thread knows. */
import { once } from 'node:events'
import { parentPort } from 'node:worker_threads'
import { countAnswers } from '@barter/inspect'
import type { FromWorker, ToWorker } from './fleet-messages.ts'
import { rowOf } from './fleet-row.ts'

const port = parentPort
if (port === null) throw new Error('this file is started as a thread by barter inspect')
const say = (message: FromWorker): void => port.postMessage(message)

for (;;) {
  const [message] = (await once(port, 'message')) as [ToWorker]
  if (message.kind !== 'file') continue
  const row = await rowOf(
    message.file,
    message.options,
    async (shape, count) => {
      say({ kind: 'shape', shape })
      const [reply] = (await once(port, 'message')) as [ToWorker]
      if (reply.kind === 'answers' && reply.answers !== undefined) return reply.answers
      const answers = count()
      say({ kind: 'counted', shape, answers })
      return answers
    },
    countAnswers,
  )
  say({ kind: 'row', row })
}
