/** Declares `barter completion`. */
import type { DeclareCommand } from './declare-command.ts'

export const declareCompletion: DeclareCommand = (program, terminal, finish) => {
  program
    .command('completion')
    .summary('completion of commands and devices for a shell')
    .description('Print a script that lets a shell complete commands, options and the devices of a capture.')
    .argument('<shell>', 'bash, zsh or fish; the script says how to install it')
    // The scripts ask: `completion words -- what is typed`.
    .argument('[typed...]', 'used by the script itself')
    .option('--debug', 'on an error, say where in the program it arose')
    .action(async (shell: string, typed: readonly string[]) => {
      const { completionCommand } = await import('../commands/completion.ts')
      finish(await completionCommand(program, shell, typed, terminal))
    })
}
