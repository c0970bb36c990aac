import type { ExitCode } from '../exit-code.ts'
import type { Terminal } from '../terminal.ts'
export interface RunCommandOptions {
  readonly seed: string
  readonly set: readonly string[]
  readonly verbose?: boolean
  readonly json?: boolean
}
export async function runCommand(_s: string, _o: RunCommandOptions, _t: Terminal): Promise<ExitCode> {
  return Promise.resolve(0)
}
