/** Where in a plugin a call stands. */

const DEPTH = 1

/** As `at src/index.ts:81`: the line that called `callee`. */
export function callPlace(callee: (...args: never[]) => unknown): string {
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = DEPTH
  const told: { stack?: string } = {}
  Error.captureStackTrace(told, callee)
  Error.stackTraceLimit = stackTraceLimit
  const [, file, line] = /\(?(?:file:\/\/)?([^\s()]+):(\d+):\d+\)?\s*$/.exec(told.stack ?? '') ?? []
  return file === undefined || line === undefined ? 'somewhere' : `at ${shortened(file)}:${line}`
}

/** From the working directory, where it is below it. */
export const shortened = (file: string): string =>
  file.startsWith(`${process.cwd()}/`) ? file.slice(process.cwd().length + 1) : file
