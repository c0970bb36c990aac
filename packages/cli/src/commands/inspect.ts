/** `barter inspect`: who can reach whom in a machine, and why. Reads the machine; the screens are in inspect/. */
import { loadMachine } from '@barter/inspect'
import type { ExitCode } from '../exit-code.ts'
import { withProgress } from '../progress.ts'
import type { Terminal } from '../terminal.ts'
import { chooseScreen } from './inspect/choose-screen.ts'
import type { InspectOptions } from './inspect/inspect-options.ts'

/** **Errors** `UsageError` of the capture and the options. */
export async function inspectCommand(
  path: string | undefined,
  options: InspectOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const screen = chooseScreen(options)
  const topology = await withProgress(terminal, `reading ${path ?? 'this machine'}`, () => loadMachine(path))
  const shown = screen(topology, terminal)
  terminal.out(options.json === true ? `${JSON.stringify(shown.json(), null, 2)}\n` : shown.text())
  return shown.exit
}
