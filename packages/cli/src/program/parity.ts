/** Declares `barter parity`. */
import type { ParityCommandOptions } from '../commands/parity.ts'
import type { DeclareCommand } from './declare-command.ts'

export const declareParity: DeclareCommand = (program, terminal, finish) => {
  program
    .command('parity')
    .summary('replay recordings of a real kernel, and compare step by step')
    .description('Take the steps of recordings of a real kernel on the simulator, and show where it answers otherwise.')
    .argument('<path...>', 'a recording (barter-observation/1), or a folder of them; see examples/recordings')
    .option('--json', 'print the report as one JSON document (barter.parity/1)')
    .option('--debug', 'on an error, say where in the program it arose')
    .action(async (paths: readonly string[], options: ParityCommandOptions) => {
      const { parityCommand } = await import('../commands/parity.ts')
      finish(await parityCommand(paths, options, terminal))
    })
}
