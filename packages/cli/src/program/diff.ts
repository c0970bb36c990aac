/** Declares `barter diff`. */
import type { DiffCommandOptions } from '../commands/diff.ts'
import type { DeclareCommand } from './declare-command.ts'

export const declareDiff: DeclareCommand = (program, terminal, finish) => {
  program
    .command('diff')
    .summary('what changed between two captures, and whose verdict')
    .description(
      'Compare two captures: devices, ACS words, IOMMU groups, CPU, boot options, and the verdict of each pair.',
    )
    .argument('<before>', 'a capture, as inspect reads it; - for stdin')
    .argument('<after>', 'another one')
    .option('--all', 'the verdicts of every device, not only of those that people pair')
    .option('--cpu <cpu>', 'of both: amd:0x17 (the family), intel or other, if the captures do not tell')
    .option('--json', 'print the differences as one JSON document (barter.diff/1)')
    .option('--debug', 'on an error, say where in the program it arose')
    .action(async (before: string, after: string, options: DiffCommandOptions) => {
      const { diffCommand } = await import('../commands/diff.ts')
      finish(await diffCommand([before, after], options, terminal))
    })
}
