/** One thing that a suite looks at. */

export interface Check {
  /** Of behaviour.md, as docs/rules.md has them: the test's name begins with it. */
  readonly rule: string
  /** A sentence about behaviour. */
  readonly says: string
  /** **Errors** `BrokenPromise`. */
  run(): void
}

/** A chapter that does not fit a plugin has no checks, and says why. */
export interface Chapter {
  readonly name: string
  readonly checks: readonly Check[]
  readonly leftOut?: string
}

export const check = (rule: string, says: string, run: () => void): Check => ({ rule, says, run })
