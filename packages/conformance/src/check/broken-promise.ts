/** How a suite tells the author of a plugin: what was expected, by which rule, what happened, and how it came to it. */

export interface Broken {
  /** The rule that was to hold. */
  readonly rule: string
  readonly expected: string
  /** One line each. */
  readonly happened: readonly string[]
  /** The last events before, as lines of a timeline. */
  readonly timeline: readonly string[]
}

export class BrokenPromise extends Error {
  readonly broken: Broken

  constructor(broken: Broken) {
    super(textOf(broken))
    this.name = 'BrokenPromise'
    this.broken = broken
    // Where in the kit it was found helps nobody; the message is what an author reads.
    this.stack = `${this.name}: ${this.message}`
  }
}

function textOf({ rule, expected, happened, timeline }: Broken): string {
  return [
    `${rule} does not hold`,
    '',
    ...wrapped('expected', expected),
    ...(happened.length === 0 ? ['nothing'] : happened).flatMap((line, i) => wrapped(i === 0 ? 'happened' : '', line)),
    ...(timeline.length === 0 ? [] : ['', '     us  who         what', ...timeline]),
  ].join('\n')
}

const WIDTH = 80
const INDENT = 10

/** Lines of at most 80 columns, unless a word is longer. */
function wrapped(label: string, text: string): readonly string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && INDENT + line.length + 1 + word.length > WIDTH) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line].map((one, i) => `${(i === 0 ? label : '').padEnd(INDENT)}${one}`)
}
