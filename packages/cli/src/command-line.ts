/** Reads the command line and starts the command it names. */
import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { EXIT, type ExitCode } from './exit-code.ts'
import { HELP } from './help.ts'
import type { DemoOptions } from './commands/demo.ts'
import type { InspectOptions } from './commands/inspect.ts'
import type { ParityCommandOptions } from './commands/parity.ts'
import type { RunCommandOptions } from './commands/run.ts'
import { reportError } from './report-error.ts'
import type { Terminal } from './terminal.ts'

/** Never throws. **Shape** `args` without the program's name. */
export async function runCommandLine(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  let exit: ExitCode = EXIT.ok
  const program = barterProgram(terminal, (code) => {
    exit = code
  })
  try {
    await program.parseAsync([...args], { from: 'user' })
    return exit
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage
    return reportError(terminal, error, args.includes('--debug'))
  }
}

/** **Shape** `finish` is told the exit code of the command that ran. */
export function barterProgram(terminal: Terminal, finish: (code: ExitCode) => void): Command {
  const program = new Command('barter')
    .helpCommand(false)
    .version(ownVersion(), '--version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .enablePositionalOptions()
  program.helpInformation = () => HELP

  program
    .command('run')
    .summary('run a scenario file')
    .description('Run a scenario and tell what happened: who did what, when, and why it ended that way.')
    .argument('<scenario>', 'a .yaml, .json or .mjs file; see examples/scenarios')
    .option('--seed <number>', 'another order of events; the same number gives the same run; 1 unless given')
    .option('--set <plugin.option=value>', 'an option of a plugin, over that of the file; may be repeated', collect)
    .option('--switches <ids>', 'model switches instead of those of the file: BUG-39,BUG-34 or none')
    .option('-v, --verbose', 'every event: protocol steps, locks, IOMMU, configuration space')
    .option('--json', 'print the report as one JSON document (barter.run/1)')
    .option('--debug', 'on an error, say where in the program it arose')
    .action(async (scenario: string, options: RunCommandOptions) => {
      const { runCommand } = await import('./commands/run.ts')
      finish(await runCommand(scenario, options, terminal))
    })

  program
    .command('inspect')
    .summary('show who can reach whom in a machine, and why')
    .description('Show which PCI devices of a machine can reach each other, over which way, and which port decides.')
    .argument('[path]', 'a folder or archive with a copy of /sys; this machine unless given')
    .option('--pair <a,b>', 'one pair: the way port by port, and who decides')
    .option('--all', 'every function with a memory BAR, not only the interesting ones')
    .option('--json', 'print the report as one JSON document (barter.inspect/1)')
    .option('--debug', 'on an error, say where in the program it arose')
    .action(async (path: string | undefined, options: InspectOptions) => {
      const { inspectCommand } = await import('./commands/inspect.ts')
      finish(await inspectCommand(path, options, terminal))
    })

  program
    .command('demo')
    .summary('the whole thing on a machine that comes along')
    .description('A reset while a NIC writes into another device, over two routes of one machine.')
    .option('-v, --verbose', 'every event')
    .option('--debug', 'on an error, say where in the program it arose')
    .action(async (options: DemoOptions) => {
      const { demoCommand } = await import('./commands/demo.ts')
      finish(await demoCommand(options, terminal))
    })

  program
    .command('parity')
    .summary('replay recordings of a real kernel, and compare step by step')
    .description('Take the steps of recordings of a real kernel on the simulator, and show where it answers otherwise.')
    .argument('<path...>', 'a recording (barter-observation/1), or a folder of them; see examples/recordings')
    .option('--json', 'print the report as one JSON document (barter.parity/1)')
    .option('--debug', 'on an error, say where in the program it arose')
    .action(async (paths: readonly string[], options: ParityCommandOptions) => {
      const { parityCommand } = await import('./commands/parity.ts')
      finish(await parityCommand(paths, options, terminal))
    })

  for (const command of [program, ...program.commands]) settle(command, terminal)
  return program
}

/** Errors as data, output through our terminal, and help on lines of 80 characters. */
function settle(command: Command, terminal: Terminal): void {
  command
    .exitOverride()
    .showSuggestionAfterError(true)
    .showHelpAfterError(
      `(${['barter', command.name()].filter((name, i) => i === 0 || name !== 'barter').join(' ')} --help says more)`,
    )
    .configureHelp({ helpWidth: 80 })
    .configureOutput({ writeOut: (text) => terminal.out(text), writeErr: (text) => terminal.err(text) })
}

const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value]

function ownVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { readonly version: string }).version
}
