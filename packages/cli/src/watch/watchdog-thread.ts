/**
 * A thread that looks whether another one goes on. When that has stood at one place for too long it is stopped where it is,
 * as by a debugger, and asked whose code that is; only what never comes back is broken off.
 */
import { writeSync } from 'node:fs'
import { type Debugger, Session } from 'node:inspector'
import { parentPort, workerData } from 'node:worker_threads'
import { Looks } from './looks.ts'
import { isInDrivers, type SharedLog, StepLog } from './step-log.ts'
import { type FromWatchdog, type StackFrame, VERDICT } from './watchdog-words.ts'

const log = new StepLog(workerData as SharedLog)
const say = (message: FromWatchdog): void => parentPort?.postMessage(message)

const looks = new Looks(log)
/** It was asked to stop, and has not yet. */
let isAsked = false
setInterval(() => {
  const long = looks.look()
  if (long === 0) isAsked = false
  else if (!isAsked) {
    isAsked = true
    look()
  } else if (long > MOST_PATIENT && isInDrivers(log.where.stage)) giveUp()
}, looks.everyMs)

/** Who does not stop for so long when it is asked to never will. */
const MOST_PATIENT = 2

function look(): void {
  const session = new Session()
  session.connectToMainThread()
  const files = new Map<string, string>()
  session.on('Debugger.scriptParsed', ({ params: { scriptId, url } }) => files.set(scriptId, url))
  session.on('Debugger.paused', ({ params: { callFrames } }) => {
    const frames = callFrames.map((frame) => frameOf(frame, files))
    const expression = `globalThis[Symbol.for(${JSON.stringify(VERDICT)})]?.(${JSON.stringify(frames)}) === true`
    session.post('Runtime.evaluate', { expression, returnByValue: true }, (_error, answer) => {
      const isOver = answer.result.value === true
      session.post('Debugger.resume', { terminateOnResume: isOver }, () => {
        session.disconnect()
        looks.again()
        isAsked = false
        if (isOver) say({ kind: 'broken-off' })
      })
    })
  })
  session.post('Debugger.enable', () => session.post('Debugger.pause'))
}

const frameOf = (
  { functionName, location: { scriptId, lineNumber, columnNumber = 0 } }: Debugger.CallFrame,
  files: ReadonlyMap<string, string>,
): StackFrame => ({
  name: functionName,
  url: files.get(scriptId) ?? '',
  position: `${lineNumber + 1}:${columnNumber + 1}`,
})

/** It does not even stop, as in a call of the host that waits for ever. Nobody can be told any more, and nothing else ends it. */
function giveUp(): void {
  writeSync(
    2,
    'error DRIVER_HANGS\na driver is in a call of the host that does not come back, and cannot be broken off\n',
  )
  process.kill(process.pid, 'SIGKILL')
}
