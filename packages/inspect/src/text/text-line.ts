/** One line of pasted text, freed of what mail, browsers and terminals add. */
import { plainCharacters } from './plain-characters.ts'

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

/** Columns at which terminals and mail programs cut a line, in the middle of a word if need be. */
const CUTS: ReadonlySet<number> = new Set([80, 100, 120, 132, 160])

/** Quote marks of mails, any depth: `> `, `>> `, `> > `. */
const QUOTE = /^(?: ?>)+ ?/

const COLOUR = /\u001b\[[0-9;]*[A-Za-z]/g
/** What the journal puts before a line that a program printed. */
const JOURNAL = /^[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \S+ [\w.-]+\[\d+\]: /
const LEADING = /^[ \t]*/

export function textLine(text: string, number: number): TextLine {
  const plain = text.includes('\u001b') ? text.replace(COLOUR, '') : text
  const raw = plainCharacters(plain).replace(JOURNAL, '').replace(QUOTE, '').trimEnd()
  const white = LEADING.exec(raw)?.[0] ?? ''
  return { number, indent: columns(white), body: raw.slice(white.length), raw }
}

/** **Shape** the line ends where a terminal ends, so the next may go on in the middle of a word. */
export function fillsTerminal(line: TextLine): boolean {
  return line.raw.length <= 160 && CUTS.has(columns(line.raw))
}

function columns(text: string): number {
  let at = 0
  for (const char of text) at = char === '\t' ? at - (at % 8) + 8 : at + 1
  return at
}
