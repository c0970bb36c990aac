/** Tables as they were handed out. An importer gives back what it was given, by the same direction (INV-21, RDMA-3). */
import { type Attachment, ContractError, type Direction, hex, type SgEntry, type SgTable } from '@barter/core'

interface Given {
  readonly direction: Direction
  readonly entries: readonly SgEntry[]
}

export class StrictTables {
  readonly #given = new Map<SgTable, Given>()

  get count(): number {
    return this.#given.size
  }

  give(table: SgTable, direction: Direction): void {
    this.#given.set(table, { direction, entries: table.entries.map((entry) => ({ ...entry })) })
  }

  /** **Errors** `ContractError` for a table that is not what it was. */
  takeBack({ device, buffer }: Attachment, table: SgTable, direction: Direction): void {
    const given = this.#given.get(table)
    this.#given.delete(table)
    if (given === undefined) throw new ContractError('INV-21', `${device.name} unmaps a table of ${buffer.name} twice`)
    const begin = `${device.name} gives a table of ${buffer.name} back`
    if (given.direction !== direction) {
      throw new ContractError('DMB-14', `${begin} as ${direction}, which was mapped ${given.direction}`)
    }
    const changed = changedEntry(given.entries, table.entries)
    if (changed !== undefined) throw new ContractError('RDMA-3', `${begin} changed: ${changed}`)
  }
}

function changedEntry(before: readonly SgEntry[], after: readonly SgEntry[]): string | undefined {
  if (before.length !== after.length) return `${after.length} entries, of ${before.length}`
  const at = before.findIndex((entry, i) => entry.address !== after[i]?.address || entry.length !== after[i].length)
  if (at < 0) return undefined
  return `entry ${at} was ${entryText(before[at])} and is ${entryText(after[at])}`
}

const entryText = (entry: SgEntry | undefined): string =>
  entry === undefined ? 'none' : `${entry.length} bytes at ${hex(entry.address)}`
