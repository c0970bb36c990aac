/** `barter inspect`: who can reach whom in a machine, and why. Reads the machine; the screens are in inspect/. */
import { resolve } from 'node:path'
import { isFleet, type MachineReading, readMachine } from '@barter/inspect'
import type { ExitCode } from '../exit-code.ts'
import { inputsLabel, readInputs } from '../inputs.ts'
import { withProgress } from '../progress.ts'
import { readingNotes } from '../render/reading-notes.ts'
import type { Terminal } from '../terminal.ts'
import { checkOutput, writeWhole } from '../write-whole.ts'
import { chooseScreen } from './inspect/choose-screen.ts'
import type { InspectOptions } from './inspect/inspect-options.ts'
import type { Shown } from './inspect/screen.ts'

/** **Errors** `UsageError` of the capture and the options. */
export async function inspectCommand(
  paths: readonly string[],
  options: InspectOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const [first] = paths
  if (options.fleet === true || (paths.length === 1 && first !== undefined && isFleet(resolve(terminal.cwd, first)))) {
    const { inspectFleet } = await import('./inspect/fleet.ts')
    return inspectFleet(paths, options, terminal)
  }
  const screen = chooseScreen(options, paths)
  if (options.output !== undefined) checkOutput(options.output, terminal.cwd, true)
  const inputs = await readInputs(paths, terminal)
  const reading = await withProgress(terminal, `reading ${inputsLabel(paths)}`, () =>
    readMachine(inputs, options.cpu === undefined ? {} : { cpu: options.cpu }),
  )
  const shown = screen(reading.topology, terminal)
  const { aside, pieces } = said(shown, reading, options, terminal)
  if (options.output !== undefined) writeWhole(options.output, pieces, terminal.cwd, true)
  else for (const piece of pieces) terminal.out(piece)
  if (aside !== '') terminal.err(aside)
  return shown.exit
}

interface Said {
  readonly pieces: Iterable<string>
  /** What has no place in a format of others, and is still good to know. */
  readonly aside: string
}

function said(shown: Shown, reading: MachineReading, options: InspectOptions, { columns, style }: Terminal): Said {
  if (options.json === true || options.format === 'json') {
    const { sources, notes, contradictions } = reading
    const document = { ...shown.json(), sources, notes, contradictions }
    return { pieces: [`${JSON.stringify(document, null, 2)}\n`], aside: '' }
  }
  const text = shown.text()
  const more = readingNotes(reading, columns, style)
  if (typeof text !== 'string' || shown.foreign === true) {
    return { pieces: typeof text === 'string' ? [text] : text, aside: more }
  }
  return { pieces: more === '' ? [text] : [text, `\n${more}`], aside: '' }
}
