/** Declares `barter demo`. */
import type { DemoOptions } from '../commands/demo.ts'
import type { DeclareCommand } from './declare-command.ts'

export const declareDemo: DeclareCommand = (program, terminal, finish) => {
  program
    .command('demo')
    .summary('the whole thing on a machine that comes along')
    .description('A reset while a NIC writes into another device, over two routes of one machine.')
    .option('-v, --verbose', 'every event')
    .option('--debug', 'on an error, say where in the program it arose')
    .action(async (options: DemoOptions) => {
      const { demoCommand } = await import('../commands/demo.ts')
      finish(await demoCommand(options, terminal))
    })
}
