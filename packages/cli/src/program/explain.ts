/** Declares `barter explain`. */
import type { ExplainOptions } from '../commands/explain.ts'
import type { DeclareCommand } from './declare-command.ts'

export const declareExplain: DeclareCommand = (program, terminal, finish) => {
  program
    .command('explain')
    .summary('a rule in plain words, and where it comes from')
    .description('Say what a rule says, where it comes from, whether it is modelled, and which code and tests name it.')
    .argument('<rule...>', 'ids as reports name them, as in HB-1 or VFIO-26; a family, as in P2P, lists its rules')
    .option('--json', 'print them as one JSON document (barter.rules/1)')
    .option('--debug', 'on an error, say where in the program it arose')
    .action(async (rules: readonly string[], options: ExplainOptions) => {
      const { explainCommand } = await import('../commands/explain.ts')
      finish(await explainCommand(rules, options, terminal))
    })
}
