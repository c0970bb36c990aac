/** A line on stderr for what takes longer than a second, when somebody watches. */
import type { Terminal } from './terminal.ts'

const PATIENCE_MS = 1000

/** Wipes the line when `work` has ended, either way. */
export async function withProgress<T>(terminal: Terminal, what: string, work: () => Promise<T>): Promise<T> {
  if (!terminal.watched) return work()
  const started = terminal.now()
  let shown = false
  const timer = setInterval(() => {
    if (terminal.now() - started < PATIENCE_MS) return
    shown = true
    terminal.err(`\r${what} ... ${Math.round((terminal.now() - started) / 1000)} s`)
  }, 250)
  try {
    return await work()
  } finally {
    clearInterval(timer)
    if (shown) terminal.err('\r\u001b[2K')
  }
}
