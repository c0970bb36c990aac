/** How far a long piece of work has come, on a line of stderr, when somebody watches. */
import type { Terminal } from './terminal.ts'

const WIDTH = 28
/** How often the line changes, in milliseconds. */
const EVERY = 100

export interface ProgressBar {
  /** **Shape** `done` of all; `more` is said behind it. */
  show(done: number, more: string): void
  wipe(): void
}

export function progressBar({ watched, err, now }: Terminal, what: string, total: number): ProgressBar {
  let last = -Infinity
  return {
    show(done, more) {
      if (!watched || (now() - last < EVERY && done < total)) return
      last = now()
      const full = total === 0 ? WIDTH : Math.floor((done / total) * WIDTH)
      err(`\r\u001b[2K${what} [${'#'.repeat(full)}${'.'.repeat(WIDTH - full)}] ${done} of ${total}${more}`)
    },
    wipe() {
      if (watched) err('\r\u001b[2K')
    },
  }
}
