/** One thing that `barter inspect` can show of a machine: a matrix, a pair, a tree. Each has a file of its own here. */
import type { Topology } from '@barter/core'
import type { ExitCode } from '../../exit-code.ts'
import type { Terminal } from '../../terminal.ts'

/** What a screen says of one machine. Nothing is rendered that is not asked for. */
export interface Shown {
  text(): string
  /** The same as data, for `--json`. */
  json(): object
  readonly exit: ExitCode
}

/** Made from the options before the machine is read, so that a wrong option is told at once. */
export type Screen = (topology: Topology, terminal: Terminal) => Shown
