/** Declares `barter replay`. */
import type { ReplayCommandOptions } from '../commands/replay.ts'
import type { DeclareCommand } from './declare-command.ts'
import { PATIENCE } from './patience.ts'

export const declareReplay: DeclareCommand = (program, terminal, finish) => {
  program
    .command('replay')
    .summary('run a counterexample again, event by event')
    .description('Run the schedule of a counterexample again. A token needs the scenario that it was found in.')
    .argument('<token-or-file>', 'a token that explore printed, or a file that it wrote')
    .argument('[scenario]', 'the scenario of a token')
    .option('--step', 'stop before each event and wait for the Enter key')
    .option('--plugin <package>', 'a plugin beside those of the file; may be repeated', collect)
    .option('--set <plugin.option=value>', 'an option of a plugin, as when it was found; may be repeated', collect)
    .option('--switches <ids>', 'model switches, as when it was found')
    .option('-v, --verbose', 'every event: protocol steps, locks, IOMMU, configuration space')
    .option('--patience <duration>', PATIENCE)
    .option('--json', 'print the report as one JSON document (barter.run/1)')
    .option('--debug', 'on an error, say where in the program it arose')
    .action(async (what: string, scenario: string | undefined, options: ReplayCommandOptions) => {
      const { replayCommand } = await import('../commands/replay.ts')
      finish(await replayCommand(what, scenario, options, terminal))
    })
}

const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value]
