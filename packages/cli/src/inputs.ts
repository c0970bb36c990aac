/** What stands for a machine on a command line: paths, and `-` for what is pasted or piped in. */
import type { Input } from '@barter/inspect'
import { inputInvalid } from './errors.ts'
import type { Terminal } from './terminal.ts'

/** A large machine in text and hex has some hundred MiB. */
const MOST_BYTES = 512 * 1024 * 1024

/** **Errors** `INPUT_INVALID` */
export async function readInputs(paths: readonly string[], terminal: Terminal): Promise<Input[]> {
  const inputs: Input[] = []
  for (const path of paths) {
    if (path !== '-') inputs.push(path)
    else if (inputs.some((one) => typeof one !== 'string')) throw inputInvalid('-', 'can be read once only')
    else inputs.push({ name: 'stdin', bytes: await readAll(terminal) })
  }
  return inputs
}

/** How the inputs are called while they are read. */
export const inputsLabel = (paths: readonly string[]): string =>
  paths.length === 0 ? 'this machine' : paths.map((path) => (path === '-' ? 'stdin' : path)).join(', ')

async function readAll({ stdin, err }: Terminal): Promise<Uint8Array> {
  if (stdin === undefined) throw inputInvalid('-', 'has nothing to read from here')
  if (stdin.typed) err('paste the output of lspci -vvv, then press Ctrl-D on a line of its own\n')
  const pieces: Uint8Array[] = []
  let length = 0
  for await (const piece of stdin.open()) {
    pieces.push(piece)
    length += piece.length
    if (length > MOST_BYTES) throw inputInvalid('-', 'brings more than 512 MiB')
  }
  const bytes = new Uint8Array(length)
  let at = 0
  for (const piece of pieces) {
    bytes.set(piece, at)
    at += piece.length
  }
  return bytes
}
