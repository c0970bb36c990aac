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
  const [first = 'nothing', ...more] = happened
  return [
    `${rule} does not hold`,
    '',
    `expected  ${expected}`,
    `happened  ${first}`,
    ...more.map((line) => `          ${line}`),
    ...(timeline.length === 0 ? [] : ['', '     us  who         what', ...timeline]),
  ].join('\n')
}
