/** `barter completion`: a script for a shell; and, asked by such a script, the words that may come next. */
import type { Command } from 'commander'
import { possibleWords } from '../completion/possible-words.ts'
import { SHELL_SCRIPTS } from '../completion/shell-scripts.ts'
import { wordSources } from '../completion/word-sources.ts'
import { optionInvalid, shown } from '../errors.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import type { Terminal } from '../terminal.ts'

/** **Shape** `shell`: a shell, or `words`, as its script asks. **Errors** `OPTION_INVALID`. */
export async function completionCommand(
  program: Command,
  shell: string,
  typed: readonly string[],
  { out, cwd }: Terminal,
): Promise<ExitCode> {
  if (shell === 'words') {
    const words = await possibleWords(program, typed, wordSources(cwd))
    if (words.length > 0) out(`${words.join('\n')}\n`)
    return EXIT.ok
  }
  if (shell !== 'bash' && shell !== 'zsh' && shell !== 'fish') {
    throw optionInvalid('completion', `is not there for ${shown(shell)}`, 'it is for bash, zsh and fish')
  }
  out(SHELL_SCRIPTS[shell])
  return EXIT.ok
}
