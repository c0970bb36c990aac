/** Declares `barter run`. */
import type { Command } from 'commander'
import type { RunCommandOptions } from '../commands/run.ts'
import type { DeclareCommand } from './declare-command.ts'
import { PATIENCE } from './patience.ts'

interface RunOptions extends RunCommandOptions {
  readonly list?: boolean
}

export const declareRun: DeclareCommand = (program, terminal, finish) => {
  program
    .command('run')
    .summary('run a scenario file')
    .description('Run a scenario and tell what happened: who did what, when, and why it ended that way.')
    .argument('[scenario]', 'a .yaml, .json or .mjs file, or the name of an example')
    .option('--list', 'the examples that come along, a line each; with a word only those that have it')
    .option('--plugin <package>', 'a plugin beside those of the file; may be repeated', collect)
    .option('--seed <number>', 'another order of events; the same number gives the same run; 1 unless given')
    .option(
      '--set <plugin.option=value>',
      'an option of a plugin, by its name or as it is listed; may be repeated',
      collect,
    )
    .option('--switches <ids>', 'model switches instead of those of the file: BUG-39,BUG-34 or none')
    .option('-v, --verbose', 'every event: protocol steps, locks, IOMMU, configuration space')
    .option('--patience <duration>', PATIENCE)
    .option('--json', 'print the report as one JSON document (barter.run/1)')
    .option('--debug', 'on an error, say where in the program it arose')
    .action(async (scenario: string | undefined, options: RunOptions, command: Command) => {
      if (options.list === true) {
        const { listExamples } = await import('../commands/list-examples.ts')
        return finish(await listExamples(scenario, options.json === true, terminal))
      }
      if (scenario === undefined) return command.error("error: missing argument 'scenario', or --list")
      const { runCommand } = await import('../commands/run.ts')
      finish(await runCommand(scenario, options, terminal))
    })
}

const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value]
