/** A command that a person copies into a shell: quoted, and where it takes several lines each says that it goes on. */
import { wrap } from './wrap.ts'

const PLAIN = /^[\w./:@%=,+~-]+$/
const quoted = (word: string): string => (PLAIN.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)

/** **Shape** `first` stands before its first line, and is not part of it. */
export function shellCommand(first: string, words: readonly string[], width: number): string {
  const indent = ' '.repeat(first.length + 2)
  const lines = wrap(words.map(quoted).join(' '), width - indent.length - ' \\'.length)
  return lines.map((line, i) => (i === 0 ? first : indent) + line).join(' \\\n')
}
