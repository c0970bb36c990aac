/** The words below a function's first line, cut into the parts that lspci prints them in, with wrapped lines joined. */
import { fillsTerminal, type TextLine } from '../text/text-line.ts'

export interface Sections {
  /** What comes before the capabilities. */
  readonly head: string
  /** One for each line that begins with `Capabilities:`, what belongs to it included. */
  readonly capabilities: readonly string[]
  /** What comes behind them. */
  readonly tail: string
}

/** Characters of a part that are kept. The longest that lspci prints has some thousand. */
const LONGEST = 8192
/** The longest list of capabilities that fits into configuration space. */
const MOST_CAPABILITIES = 1024

const TAIL = /^(Kernel driver in use|Kernel modules):/
/** How a line begins that is not the rest of the one before: a word or some, and a colon. */
const KEY =
  /^(?:[A-Za-z][\w /.()#-]{0,40}:(?:\s|$)|\[(?:virtual|enhanced)\] |Memory at |I\/O ports at |Expansion ROM at |!!! )/

/** **Shape** the line says what it is about, so it is not the rest of a wrapped one. */
export const hasKey = (line: TextLine): boolean => KEY.test(line.body)

export class SectionBuilder {
  /** Words of the first line that were wrapped. */
  header: string
  #head = ''
  #capabilities: string[] = []
  #tail = ''
  #at: 'header' | 'head' | 'capability' | 'tail' = 'header'

  /** The line before was cut by a terminal, so the next may go on in the middle of a word. */
  #cut: boolean

  constructor(first: TextLine) {
    this.header = first.body
    this.#cut = fillsTerminal(first)
  }

  /** Words beyond the first line have come. */
  get verbose(): boolean {
    return this.#at !== 'header'
  }

  add(line: TextLine): void {
    const { body } = line
    if (body.startsWith('Capabilities:')) {
      this.#at = 'capability'
      if (this.#capabilities.length < MOST_CAPABILITIES) this.#capabilities.push('')
    } else if (TAIL.test(body)) this.#at = 'tail'
    else if (this.#at === 'header' && hasKey(line)) this.#at = 'head'
    const gap = this.#cut && line.indent === 0 && !hasKey(line) ? '' : ' '
    this.#cut = fillsTerminal(line)
    switch (this.#at) {
      case 'header':
        this.header = join(this.header, body, gap)
        break
      case 'head':
        this.#head = join(this.#head, body, gap)
        break
      case 'tail':
        this.#tail = join(this.#tail, body, gap)
        break
      case 'capability': {
        const last = this.#capabilities.length - 1
        this.#capabilities[last] = join(this.#capabilities[last] ?? '', body, gap)
      }
    }
  }

  end(): Sections {
    return { head: this.#head, capabilities: this.#capabilities, tail: this.#tail }
  }
}

/** One space between words, so that what reads them need not know where the lines ended; none within a word. */
function join(text: string, more: string, gap: string): string {
  const words = more.replace(/\s+/g, ' ')
  return text.length + words.length > LONGEST ? text : text === '' ? words : `${text}${gap}${words}`
}
