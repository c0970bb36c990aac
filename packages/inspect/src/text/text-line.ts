/** One line of pasted text, freed of what mail, browsers and terminals add. */

export interface TextLine {
  /** From 1. */
  readonly number: number
  /** Columns of white space before the body; a tab goes to the next multiple of eight. */
  readonly indent: number
  /** Without white space around it; empty for a blank line. */
  readonly body: string
  /** As it came, less quote marks and colours. */
  readonly raw: string
}

/** Quote marks of mails, any depth: `> `, `>> `, `> > `. */
const QUOTE = /^(?: ?>)+ ?/

const COLOUR = /\u001b\[[0-9;]*[A-Za-z]/g
const LEADING = /^[ \t]*/

export function textLine(text: string, number: number): TextLine {
  const plain = text.includes('\u001b') ? text.replace(COLOUR, '') : text
  const spaces = plain.includes('\u00a0') ? plain.replaceAll('\u00a0', ' ') : plain
  const raw = spaces.replace(QUOTE, '').trimEnd()
  const white = LEADING.exec(raw)?.[0] ?? ''
  return { number, indent: columns(white), body: raw.slice(white.length), raw }
}

function columns(white: string): number {
  let at = 0
  for (const char of white) at = char === '\t' ? at - (at % 8) + 8 : at + 1
  return at
}
