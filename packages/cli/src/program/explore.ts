/** Declares `barter explore`. */
import type { ExploreCommandOptions } from '../commands/explore.ts'
import type { DeclareCommand } from './declare-command.ts'
import { PATIENCE } from './patience.ts'

export const declareExplore: DeclareCommand = (program, terminal, finish) => {
  program
    .command('explore')
    .summary('try every order of events of a scenario, and show the shortest that breaks')
    .description(
      'Explore the interleavings of a scenario: learn that none of them breaks a rule, or see the shortest that does.',
    )
    .argument('<scenario>', 'a .yaml, .json or .mjs file, or the name of an example')
    .option('--plugin <package>', 'a plugin beside those of the file; may be repeated', collect)
    .option('--strategy <name>', 'states, dpor or dfs (all of them exhaustive), random or pct; states unless given')
    .option('--preemptions <n>', 'leave out orders with more switches away from a thread that could go on')
    .option('--schedules <n>', 'stop after so many; for random and pct how many, 10000 unless given')
    .option('--time <duration>', 'stop after this time: 30s, 10m')
    .option('--seed <number>', 'of random and pct; 1 unless given')
    .option('--all', 'go on after the first violation, and show one of each kind')
    .option('--twice', 'run each schedule a second time, and see whether the plugins do the same')
    .option(
      '--set <plugin.option=value>',
      'an option of a plugin, by its name or as it is listed; may be repeated',
      collect,
    )
    .option('--switches <ids>', 'model switches instead of those of the file: BUG-39,BUG-34 or none')
    .option('-o, --output <file>', 'write the counterexample to a file for barter replay')
    .option('--workers <n>', 'explore on so many threads; what is found is the same')
    .option('--checkpoint <file>', 'when it is stopped, keep in a file what it takes to go on later')
    .option('--resume <file>', 'go on where a checkpoint was made; --schedules counts those before as well')
    .option('--junit <file>', 'write a JUnit report')
    .option('--sarif <file>', 'write a SARIF 2.1.0 log')
    .option('--trace <file>', 'write the counterexample as a Chrome trace, for Perfetto')
    .option('--force', 'replace files that are there already')
    .option('--patience <duration>', PATIENCE)
    .option('--json', 'print the result as one JSON document (barter.explore/1)')
    .option('--debug', 'on an error, say where in the program it arose')
    .action(async (scenario: string, options: ExploreCommandOptions) => {
      const { exploreCommand } = await import('../commands/explore.ts')
      finish(await exploreCommand(scenario, options, terminal))
    })
}

const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value]
