/** Reads the command line and starts the command it names. */
import { Command, CommanderError } from 'commander'
import { EXIT, type ExitCode } from './exit-code.ts'
import { HELP } from './help.ts'
import { ownVersion } from './program/own-version.ts'
import { COMMANDS } from './program/index.ts'
import { reportError } from './report-error.ts'
import type { Terminal } from './terminal.ts'

/** Never throws. **Shape** `args` without the program's name. */
export async function runCommandLine(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  let exit: ExitCode = EXIT.ok
  const program = barterProgram(terminal, (code) => {
    exit = code
  })
  try {
    await program.parseAsync([...args], { from: 'user' })
    return exit
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage
    return reportError(terminal, error, args.includes('--debug'))
  }
}

/** **Shape** `finish` is told the exit code of the command that ran. */
export function barterProgram(terminal: Terminal, finish: (code: ExitCode) => void): Command {
  const program = new Command('barter')
    .helpCommand(false)
    .version(ownVersion(), '--version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .enablePositionalOptions()
  program.helpInformation = () => HELP

  for (const declare of COMMANDS) declare(program, terminal, finish)
  for (const command of [program, ...program.commands]) settle(command, terminal)
  return program
}

/** Errors as data, output through our terminal, and help on lines of 80 characters. */
function settle(command: Command, terminal: Terminal): void {
  command
    .exitOverride()
    .showSuggestionAfterError(true)
    .showHelpAfterError(
      `(${['barter', command.name()].filter((name, i) => i === 0 || name !== 'barter').join(' ')} --help says more)`,
    )
    .configureHelp({ helpWidth: 80 })
    .configureOutput({ writeOut: (text) => terminal.out(text), writeErr: (text) => terminal.err(text) })
}
