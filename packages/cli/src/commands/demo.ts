import type { ExitCode } from '../exit-code.ts'
import type { Terminal } from '../terminal.ts'
export interface DemoOptions {
  readonly verbose?: boolean
}
export async function demoCommand(_o: DemoOptions, _t: Terminal): Promise<ExitCode> {
  return Promise.resolve(0)
}
