/** A terminal that remembers, without colours. */
import { styleText } from '../src/render/style.ts'
import type { Terminal } from '../src/terminal.ts'

export interface Recorded extends Terminal {
  readonly written: { out: string; err: string }
}

export function recorded(cwd: string, columns = 80): Recorded {
  const written = { out: '', err: '' }
  return {
    written,
    out: (text) => {
      written.out += text
    },
    err: (text) => {
      written.err += text
    },
    columns,
    style: styleText(false),
    watched: false,
    cwd,
    now: () => 0,
  }
}
