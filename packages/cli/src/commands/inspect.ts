/** `barter inspect`: who can reach whom in a machine, and why. Reads the machine; the screens are in inspect/. */
import { readMachine } from '@barter/inspect'
import type { ExitCode } from '../exit-code.ts'
import { inputsLabel, readInputs } from '../inputs.ts'
import { withProgress } from '../progress.ts'
import { readingNotes } from '../render/reading-notes.ts'
import type { Terminal } from '../terminal.ts'
import { chooseScreen } from './inspect/choose-screen.ts'
import type { InspectOptions } from './inspect/inspect-options.ts'

/** **Errors** `UsageError` of the capture and the options. */
export async function inspectCommand(
  paths: readonly string[],
  options: InspectOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const screen = chooseScreen(options)
  const inputs = await readInputs(paths, terminal)
  const reading = await withProgress(terminal, `reading ${inputsLabel(paths)}`, () =>
    readMachine(inputs, options.cpu === undefined ? {} : { cpu: options.cpu }),
  )
  const shown = screen(reading.topology, terminal)
  if (options.json === true) {
    const { sources, notes, contradictions } = reading
    terminal.out(`${JSON.stringify({ ...shown.json(), sources, notes, contradictions }, null, 2)}\n`)
  } else {
    const more = readingNotes(reading, terminal.columns, terminal.style)
    terminal.out(more === '' ? shown.text() : `${shown.text()}\n${more}`)
  }
  return shown.exit
}
