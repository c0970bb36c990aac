/** The command in this process, from the sources: it says what the built one says, without the cost of starting it. */
import { runCommandLine, styleText, type Terminal } from '@barter/cli'
import { root, type Said } from './barter.ts'

export async function called(args: readonly string[], cwd: string = root): Promise<Said> {
  const said = { out: '', err: '' }
  const terminal: Terminal = {
    out: (text) => void (said.out += text),
    err: (text) => void (said.err += text),
    columns: 80,
    style: styleText(false),
    watched: false,
    cwd,
    now: () => 0,
  }
  const exit = await runCommandLine(args, terminal)
  return { exit, ...said }
}
