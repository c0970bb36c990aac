/** `barter diff`: what is not as it was between two captures, and whose verdict changed. */
import { diffMachines, type MachineDiff, readMachine } from '@barter/inspect'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { inputsLabel, readInputs } from '../inputs.ts'
import { withProgress } from '../progress.ts'
import { renderDiff } from '../render/diff.ts'
import type { Terminal } from '../terminal.ts'

export interface DiffCommandOptions {
  readonly all?: boolean
  readonly cpu?: string
  readonly json?: boolean
}

/** **Errors** `UsageError` of the captures. */
export async function diffCommand(
  paths: readonly [string, string],
  options: DiffCommandOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  // Together, so that stdin stands for one of them at most.
  const inputs = await readInputs(paths, terminal)
  const read = async (input: (typeof inputs)[number], path: string) =>
    withProgress(terminal, `reading ${inputsLabel([path])}`, () =>
      readMachine([input], options.cpu === undefined ? {} : { cpu: options.cpu }),
    )
  const [first, second] = inputs
  if (first === undefined || second === undefined) return EXIT.bug
  const before = await read(first, paths[0])
  const after = await read(second, paths[1])
  const diff = diffMachines(before.topology, after.topology, { all: options.all === true })
  const names = { before: inputsLabel([paths[0]]), after: inputsLabel([paths[1]]) }
  terminal.out(
    options.json === true
      ? `${JSON.stringify({ ...diff, names }, null, 2)}\n`
      : renderDiff(diff, names, terminal.columns, terminal.style),
  )
  return exitOf(diff)
}

/** A verdict that may be the same is one that cannot be told. */
function exitOf({ verdicts: { changed } }: MachineDiff): ExitCode {
  if (changed.some(({ open }) => open !== true)) return EXIT.problem
  return changed.length > 0 ? EXIT.cannotTell : EXIT.ok
}
