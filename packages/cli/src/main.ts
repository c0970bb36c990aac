/** The `barter` command. Help and version are answered at once; everything else is loaded when it is needed. */
import { EXIT } from './exit-code.ts'
import { HELP } from './help.ts'
import { hearStreamErrors } from './stream-errors.ts'

hearStreamErrors(process)
const args = process.argv.slice(2)
if (args.length === 1 && (args[0] === '--help' || args[0] === '-h')) {
  process.stdout.write(HELP)
} else if (args.length === 0) {
  process.stderr.write(HELP)
  process.exitCode = EXIT.usage
} else {
  const { runCommandLine } = await import('./command-line.ts')
  const { processTerminal } = await import('./terminal.ts')
  const { StrayRejections } = await import('./stray-rejections.ts')
  const { reportError } = await import('./report-error.ts')
  let isOver = (): void => undefined
  const endWithCommand = (): void => void (isOver = () => process.exit())
  const terminal = processTerminal({ endWithCommand })
  const rejections = new StrayRejections(process)
  const exit = await runCommandLine(args, terminal)
  const stray = exit === EXIT.usage || exit === EXIT.bug ? undefined : await rejections.first()
  process.exitCode = stray === undefined ? exit : reportError(terminal, stray, args.includes('--debug'))
  isOver()
}
