/** Text in lines of a given width. */

/** A space inside of a number, or before its unit: not where a line ends. */
const TIED = /(?<=\d) (?=\d{3}(?!\d)|(?:[KMGT]iB|B|[mu]?s|min|h|%)(?!\w))/g
const TIE = '\uE000'

/**
 * Break `text` at spaces. A word that is too long stays whole: addresses and names are there to be copied.
 * **Shape** `hanging`: spaces before every line but the first. **Units** characters.
 */
export function wrap(text: string, width: number, hanging = 0): string[] {
  const lines: string[] = []
  const indent = ' '.repeat(hanging)
  for (const paragraph of text.trimEnd().replaceAll(TIED, TIE).split('\n')) {
    let line = ''
    for (const word of paragraph.split(/\s+/).filter((part) => part !== '')) {
      if (line.trim() === '') {
        line += word
      } else if (line.length + 1 + word.length > width) {
        lines.push(line)
        line = `${indent}${word}`
      } else {
        line += ` ${word}`
      }
    }
    lines.push(line)
  }
  return lines.map((line) => line.replaceAll(TIE, ' '))
}

/** Wrapped, with `first` before the first line and as many spaces before the others. */
export function wrapAfter(first: string, text: string, width: number): string {
  const indent = ' '.repeat(first.length)
  return wrap(text, Math.max(width - first.length, 20))
    .map((line, i) => `${i === 0 ? first : indent}${line}`.trimEnd())
    .join('\n')
}

/** At most `width` characters; what is cut is shown as `…`. */
export function clip(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(width - 1, 0))}…`
}
