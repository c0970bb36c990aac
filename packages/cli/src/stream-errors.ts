/** What becomes of a process whose output nobody takes. */
import { EXIT } from './exit-code.ts'

export function hearStreamErrors({ stdout, stderr }: NodeJS.Process): void {
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    // A pager or `head` that closes its end early is no error of ours.
    if (error.code === 'EPIPE') return
    const why = error.code ?? error.message
    stderr.write(`error OUTPUT_FAILED\nstdout cannot be written: ${why}\n  make room, or write somewhere else\n`)
    process.exit(EXIT.usage)
  })
  // Nobody is left who could be told.
  stderr.on('error', () => undefined)
}
