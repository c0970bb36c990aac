/** A command that a person copies into a shell: quoted, and where it takes several lines each says that it goes on. */

const PLAIN = /^[\w./:@%=,+~-]+$/
const quoted = (word: string): string => (PLAIN.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)

/** A line ends between words only, so one that is too long stays whole. **Shape** `first` stands before the first line. */
export function shellCommand(first: string, words: readonly string[], width: number): string {
  const indent = ' '.repeat(first.length + 2)
  const most = width - indent.length - ' \\'.length
  const lines: string[] = []
  let line = ''
  for (const word of words.map(quoted)) {
    if (line === '') {
      line = word
    } else if (line.length + 1 + word.length > most) {
      lines.push(line)
      line = word
    } else {
      line += ` ${word}`
    }
  }
  lines.push(line)
  return lines.map((text, i) => (i === 0 ? first : indent) + text).join(' \\\n')
}
