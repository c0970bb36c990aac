/** A line on stderr for what takes longer than a second, when somebody watches. */
import type { System } from '@barter/core'
import { groupDigits } from './render/duration.ts'
import { clip } from './render/wrap.ts'
import type { Terminal } from './terminal.ts'

const PATIENCE_MS = 1000
/** How often the line changes. */
const EVERY_MS = 250

/** Wipes the line when `work` has ended, either way. */
export async function withProgress<T>(terminal: Terminal, what: string, work: () => Promise<T>): Promise<T> {
  if (!terminal.watched) return work()
  const line = new ProgressLine(terminal, what)
  const timer = setInterval(() => line.show(''), EVERY_MS)
  try {
    return await work()
  } finally {
    clearInterval(timer)
    line.wipe()
  }
}

/** A run keeps the processor to itself, so it is its events that move the line. */
export async function withRunProgress<T>(
  terminal: Terminal,
  what: string,
  system: System,
  work: () => Promise<T>,
): Promise<T> {
  if (!terminal.watched) return work()
  const line = new ProgressLine(terminal, what)
  system.hooks.event.tap('cli', ({ tick }) => line.show(`, ${groupDigits(tick)} us of virtual time`))
  try {
    return await work()
  } finally {
    line.wipe()
  }
}

export class ProgressLine {
  readonly #terminal: Terminal
  readonly #what: string
  readonly #started: number
  #last: number
  #isShown = false

  /** **Shape** `started`: by the clock of the terminal, where others began with it. */
  constructor(terminal: Terminal, what: string, started = terminal.now()) {
    this.#terminal = terminal
    this.#what = what
    this.#started = started
    this.#last = terminal.now()
  }

  /** **Shape** `shorter`: the same for a terminal on which `more` does not fit. */
  show(more: string, shorter = more): void {
    const now = this.#terminal.now()
    if (now - this.#started < PATIENCE_MS || now - this.#last < EVERY_MS) return
    this.#last = now
    this.#isShown = true
    const begin = `${this.#what} ... ${Math.round((now - this.#started) / 1000)} s`
    // A line that wraps cannot be wiped.
    const room = this.#terminal.columns - 1
    const text = `${begin}${begin.length + more.length > room ? shorter : more}`
    this.#terminal.err(`\r\u001b[2K${clip(text, room)}`)
  }

  wipe(): void {
    if (this.#isShown) this.#terminal.err('\r\u001b[2K')
  }
}
