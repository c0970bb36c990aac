/** The matrix as letters: every ordered pair of some functions, without a walk for each. */
import { MAP_TYPES, type MapType, p2pMatrix, type PciFunction, type Topology } from '@barter/core'
import { type Letter, lettersThroughHosts } from './answer.ts'
import { type VendorLabel, VendorLabels } from './vendor-label.ts'

export interface CellMatrix<Cell extends string> {
  readonly functions: readonly PciFunction[]
  /** **Shape** indexes of `functions`: whose BAR, then who reads or writes. One function with itself is row a of P2P-24. */
  at(provider: number, client: number): Cell
}

export type LetterMatrix = CellMatrix<Letter>

/** A letter and the vendors' word for the way, as `B PIX`. */
export type LabelledCell = `${Letter} ${VendorLabel}`

const LETTERS: readonly Letter[] = ['B', 'H', 'x', 'e', '?']

/** The letters of `p2pVerdict` for all pairs of `functions`, a byte a pair. **Source** P2P-20 to P2P-23 */
export function letterMatrix(topology: Topology, functions: readonly PciFunction[]): LetterMatrix {
  const matrix = p2pMatrix(topology, functions)
  const through = lettersThroughHosts(topology)
  const hosts = [...new Map(functions.map((fn) => [fn.hostBridge, fn])).values()]
  const hostOf = functions.map((fn) => hosts.findIndex(({ hostBridge }) => hostBridge === fn.hostBridge))
  const throughHosts = hosts.map((a) => hosts.map((b) => through(a, b)))
  const count = functions.length
  const codes = new Uint8Array(count * count)
  // By the letter through the root complex and the two low bits of a cell, which index the map types.
  const table = LETTERS.map((letter) => MAP_TYPES.map((type) => LETTERS.indexOf(letterOf(type, letter))))
  for (let a = 0; a < count; a++) {
    const row = throughHosts[hostOf[a] as number] as Letter[]
    const byHost = row.map((letter) => table[LETTERS.indexOf(letter)] as number[])
    for (let b = 0; b < count; b++) {
      const cell = matrix.cells[a * count + b] as number
      codes[a * count + b] = (byHost[hostOf[b] as number] as number[])[cell % MAP_TYPES.length] as number
    }
  }
  return { functions, at: (provider, client) => LETTERS[codes[provider * count + client] as number] as Letter }
}

function letterOf(mapType: MapType | undefined, through: Letter): Letter {
  if (mapType === 'bus-addr') return 'B'
  if (mapType !== undefined) return through
  return through === 'H' ? 'e' : '?'
}

/** The same with the vendors' words, which only tell how far apart two devices are. */
export function labelledMatrix(topology: Topology, functions: readonly PciFunction[]): CellMatrix<LabelledCell> {
  const letters = letterMatrix(topology, functions)
  const labels = new VendorLabels(topology, functions)
  return { functions, at: (provider, client) => `${letters.at(provider, client)} ${labels.at(provider, client)}` }
}
