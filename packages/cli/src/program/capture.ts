/** Declares `barter capture`. */
import type { CaptureCommandOptions } from '../commands/capture.ts'
import type { DeclareCommand } from './declare-command.ts'

export const declareCapture: DeclareCommand = (program, terminal, finish) => {
  program
    .command('capture')
    .summary('pack this machine into one archive for a bug report')
    .description(
      'Collect what inspect reads of this machine (as root, to see ACS) into one archive, with serial numbers, MAC addresses and host names masked; then read it back to check.',
    )
    .requiredOption('-o, --output <file>', 'the archive to write (tar, packed with gzip)')
    .option('--root <dir>', 'a folder or archive with a copy of /sys and /proc, instead of this machine')
    .option('--no-mask', 'keep serial numbers, MAC addresses, host names and all boot options')
    .option('--force', 'write over a file that is there')
    .option('--json', 'print what was done as one JSON document (barter.capture/1)')
    .option('--debug', 'on an error, say where in the program it arose')
    .action(async (options: CaptureCommandOptions) => {
      const { captureCommand } = await import('../commands/capture.ts')
      finish(await captureCommand(options, terminal))
    })
}
