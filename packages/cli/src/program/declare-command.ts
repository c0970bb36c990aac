/** What a file of this folder gives: one command, declared; what it does is loaded when it is asked for. */
import type { Command } from 'commander'
import type { ExitCode } from '../exit-code.ts'
import type { Terminal } from '../terminal.ts'

/** **Shape** `finish` is told the exit code of the command that ran. */
export type DeclareCommand = (program: Command, terminal: Terminal, finish: (code: ExitCode) => void) => void
