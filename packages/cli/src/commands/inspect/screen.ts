/** One thing that `barter inspect` can show of a machine: a matrix, a pair, a tree. Each has a file of its own here. */
import type { Topology } from '@barter/core'
import type { ExitCode } from '../../exit-code.ts'
import type { Terminal } from '../../terminal.ts'

/** What a screen says of one machine. Nothing is rendered that is not asked for. */
export interface Shown {
  /** Piece by piece where one text could not hold it. */
  text(): string | Iterable<string>
  /** The same as data, for `--json`. */
  json(): object
  readonly exit: ExitCode
  /** The text is in a format of others: nothing of ours goes before or after it. */
  readonly foreign?: true
}

/** Made from the options before the machine is read, so that a wrong option is told at once. */
export type Screen = (topology: Topology, terminal: Terminal) => Shown
