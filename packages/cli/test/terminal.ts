/** A terminal that remembers, without colours. */
import { styleText } from '../src/render/style.ts'
import type { Terminal } from '../src/terminal.ts'

export interface Recorded extends Terminal {
  readonly written: { out: string; err: string }
}

/** **Shape** `piped`: what comes in on stdin. */
export function recorded(cwd: string, columns = 80, piped?: string): Recorded {
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
    ...(piped === undefined ? {} : { stdin: { typed: false, open: () => pieces(piped) } }),
    cwd,
    now: () => 0,
  }
}

async function* pieces(text: string): AsyncGenerator<Uint8Array> {
  await Promise.resolve()
  const bytes = new TextEncoder().encode(text)
  for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000)
}
