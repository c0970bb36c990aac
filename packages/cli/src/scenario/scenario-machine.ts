/** The machine of a scenario: a capture it names, or the topology it writes out. */
import { relative, resolve } from 'node:path'
import { type Bdf, buildTopology, type Topology, UsageError } from '@barter/core'
import { complaintError } from './complaint.ts'
import type { ScenarioFile } from './scenario-file.ts'
import type { ScenarioSource } from './source.ts'

export interface NamedMachine {
  readonly topology: Topology
  /** What a topology written out calls its devices. */
  readonly names: ReadonlyMap<string, Bdf>
  readonly machine: string
}

/** **Errors** `UsageError` of the capture, or `SCENARIO_INVALID` at the topology. */
export async function machineOf(source: ScenarioSource, file: ScenarioFile): Promise<NamedMachine> {
  if (file.topology !== undefined) {
    try {
      return { ...buildTopology(file.topology), machine: 'written out in the scenario' }
    } catch (error) {
      if (!(error instanceof UsageError)) throw error
      throw complaintError(source, [{ path: ['topology'], atKey: true, message: error.message, hint: error.hint }])
    }
  }
  const paths = [file.machine ?? []].flat()
  const { readMachine } = await import('@barter/inspect')
  const { topology } = await readMachine(paths.map((path) => nearPath(resolve(source.folder, path))))
  return { topology, names: new Map(), machine: paths.join(', ') }
}

/** Short in messages when it can be: the reader of machines knows only the directory of the process. */
function nearPath(path: string): string {
  const near = relative(process.cwd(), path)
  return near === '' || near.startsWith('..') ? path : near
}
