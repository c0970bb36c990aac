/** What the shell learns. Documented in the help text. */
export const EXIT = {
  ok: 0,
  /** A problem was found: a violation, or another outcome than expected. */
  problem: 1,
  /** The person called it wrong: a bad option, file or scenario. */
  usage: 2,
  /** Stopped before the end, or the machine does not tell enough. */
  cannotTell: 3,
  /** An error that is nobody's but ours (`EX_SOFTWARE`). */
  bug: 70,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]
