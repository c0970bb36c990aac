/** `barter capture`: a machine as one archive for a bug report. */
import { resolve } from 'node:path'
import { formatLength } from '@barter/core'
import { type Capture, captureMachine } from '@barter/inspect'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { withProgress } from '../progress.ts'
import { captureJson, renderCapture } from '../render/capture.ts'
import type { Terminal } from '../terminal.ts'
import { checkOutput, writeWhole } from '../write-whole.ts'

export interface CaptureCommandOptions {
  readonly output: string
  readonly root?: string
  /** False with `--no-mask`. */
  readonly mask: boolean
  readonly force?: boolean
  readonly json?: boolean
}

/** **Errors** `UsageError` of the machine and of the file to write. */
export async function captureCommand(options: CaptureCommandOptions, terminal: Terminal): Promise<ExitCode> {
  const { output, mask, force = false } = options
  checkOutput(output, terminal.cwd, force)
  const root = options.root === undefined ? undefined : resolve(terminal.cwd, options.root)
  const what = options.root ?? 'this machine'
  const capture: Capture = await withProgress(terminal, `reading ${what}`, () =>
    captureMachine({ mask, ...(root === undefined ? {} : { root }) }),
  )
  writeWhole(output, [capture.bytes], terminal.cwd, force)
  const isRoot = process.getuid?.() === 0
  const told = { capture, output, mask, live: root === undefined, isRoot, size: formatLength(capture.bytes.length) }
  terminal.out(options.json === true ? captureJson(told) : renderCapture(told, terminal.columns, terminal.style))
  return EXIT.ok
}
