/** Declares `barter new`. */
import { Argument } from 'commander'
import type { NewOptions } from '../commands/new.ts'
import { PLUGIN_KINDS, type PluginKind } from '../new-plugin/plugin-kinds.ts'
import type { DeclareCommand } from './declare-command.ts'

export const declareNew: DeclareCommand = (program, terminal, finish) => {
  program
    .command('new')
    .summary('write a plugin project that passes the conformance kit')
    .description(
      'Write the project of a plugin into a folder of its own: sources of the simplest one that is correct, a test that calls the conformance kit, and a scenario to run.',
    )
    .addArgument(new Argument('<kind>', 'what it is').choices([...PLUGIN_KINDS]))
    .argument('<name>', 'of its driver, or of the platform: small letters, digits and dashes, as in my-card')
    .option('--dir <dir>', 'the folder to make; barter-KIND-NAME unless given')
    .option('--json', 'print what was written as one JSON document (barter.new/1)')
    .option('--debug', 'on an error, say where in the program it arose')
    .action(async (kind: PluginKind, name: string, options: NewOptions) => {
      const { newCommand } = await import('../commands/new.ts')
      finish(newCommand(kind, name, options, terminal))
    })
}
