/**
 * Where code was written that runs in another form: test runners compile sources, and know the way back. They hang it into the
 * door by which V8 lets stacks be told.
 */
import type { CodePlace } from './timed.ts'

/** Beyond every line: the last thing on it is meant. */
const LAST = 9999

type Door = (error: Error, calls: readonly NodeJS.CallSite[]) => unknown

/** As it is given where nobody knows better. */
export function writtenPlace({ name, url, line }: CodePlace): CodePlace {
  const file = url.replace(/^file:\/\//, '')
  const door = Error.prepareStackTrace as Door | undefined
  const told = door?.(new Error(name), [callAt(file, line)])
  const [, mapped, at] = typeof told === 'string' ? (/\(?([^\s()]+):(\d+):\d+\)?\s*$/.exec(told) ?? []) : []
  return mapped === undefined || at === undefined
    ? { name, url: file, line }
    : { name, url: mapped.replace(/^file:\/\//, ''), line: Number(at) }
}

/** A call in a function without a name. */
function callAt(file: string, line: number): NodeJS.CallSite {
  const nothing = (): null => null
  const no = (): false => false
  // Who wraps it copies what its prototype has.
  return Object.create({
    getThis: () => undefined,
    getTypeName: nothing,
    getFunction: () => undefined,
    getFunctionName: nothing,
    getMethodName: nothing,
    getFileName: () => file,
    getLineNumber: () => line,
    getColumnNumber: () => LAST,
    getEvalOrigin: () => undefined,
    getScriptNameOrSourceURL: () => file,
    getScriptHash: () => '',
    getEnclosingColumnNumber: () => LAST,
    getEnclosingLineNumber: () => line,
    getPosition: () => 0,
    getPromiseIndex: nothing,
    isToplevel: () => true,
    isEval: no,
    isNative: no,
    isConstructor: no,
    isAsync: no,
    isPromiseAll: no,
    toString: () => `${file}:${line}:${LAST}`,
  }) as NodeJS.CallSite
}
