/** A row of the table of a fleet: a machine, or the reason why a file is none. */
import {
  type AnswerCounts,
  type MachineRow,
  machineRow,
  readMachine,
  type Requirement,
  shapeHash,
} from '@barter/inspect'
import type { Topology } from '@barter/core'

interface BadRow {
  readonly code: string
  readonly reason: string
}

export type FleetRow = { readonly file: string } & (
  ({ readonly read: true } & MachineRow) | ({ readonly read: false } & BadRow)
)

export interface RowOptions {
  readonly cpu?: string
  readonly requirements: readonly Requirement[]
}

/** Gives the answers of a shape: `count` is called when nobody has counted them yet. */
export type AnswersOf = (shape: string, count: () => AnswerCounts) => Promise<AnswerCounts>

/** Never throws: what is wrong with a file is its row. */
export async function rowOf(
  file: string,
  { cpu, requirements }: RowOptions,
  answersOf: AnswersOf,
  count: (topology: Topology) => AnswerCounts,
): Promise<FleetRow> {
  try {
    const { topology } = await readMachine([file], cpu === undefined ? {} : { cpu })
    const shape = shapeHash(topology)
    const answers = await answersOf(shape, () => count(topology))
    return { file, read: true, ...machineRow(topology, shape, answers, requirements) }
  } catch (error) {
    return badRow(file, error)
  }
}

export function badRow(file: string, error: unknown): FleetRow {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'BROKEN'
  const message = error instanceof Error ? error.message : String(error)
  // The row names the file already.
  const reason = (message.split('\n')[0] ?? '').replaceAll(file, 'it')
  return { file, read: false, code, reason }
}
