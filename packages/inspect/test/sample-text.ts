/** A real machine in the words of lspci, and what mails, browsers and options make of it. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { p2pMatrix } from '@barter/core'
import { type MachineReading, readMachine } from '@barter/inspect'

const captures = join(import.meta.dirname, '..', '..', '..', 'examples', 'captures')

/** `lspci -vvvnn` of the fabric that the archives of the same name show. */
export const VVVNN = readFileSync(join(captures, 'qemu-fabric-epyc-iommu-vvvnn.txt'), 'utf8')
/** `lspci -tv` of it. */
export const TREE = readFileSync(join(captures, 'qemu-fabric-epyc-iommu-tv.txt'), 'utf8')
export const ARCHIVE = join(captures, 'qemu-fabric-epyc-iommu.tar.gz')

export const read = (text: string | Uint8Array, cpu?: string): Promise<MachineReading> =>
  readMachine(
    [{ name: 'a paste', bytes: typeof text === 'string' ? new TextEncoder().encode(text) : text }],
    cpu === undefined ? {} : { cpu },
  )

/** Every answer of a machine, and what decides beside them, in a form that can be compared whole. */
export function answersOf({ topology }: MachineReading): unknown {
  return {
    names: topology.functions.map(({ bdf, parent, kind, classCode }) => [bdf, parent, kind, classCode]),
    bars: topology.functions.map(({ bdf, bars }) => [bdf, bars]),
    cells: Buffer.from(p2pMatrix(topology, topology.functions).cells).toString('hex'),
  }
}

/** The blocks of a dump: one a function. */
export const blocksOf = (text: string): string[] => text.trimEnd().split(/\n\n/)

/** What `lspci -P` or `-PP` prints: the way down in place of the bus. **Shape** `buses`: with bus numbers (`-PP`). */
export async function withPaths(text: string, buses: boolean): Promise<string> {
  const { topology } = await read(text)
  return blocksOf(text)
    .map((block) => {
      const bdf = block.slice(0, 7)
      const fn = topology.functions.find((one) => one.bdf === `0000:${bdf}`)
      const way = fn === undefined ? [] : topology.chain(fn).toReversed()
      const names = way.map((one, index) => (index === 0 ? one.bdf.slice(5) : one.bdf.slice(buses ? 5 : 8)))
      return `${names.join('/')}${block.slice(7)}`
    })
    .join('\n\n')
}

/** Lines broken at `columns`, the rest without indentation, as mail programs break them. */
export function wrapped(text: string, columns = 80): string {
  return text
    .split('\n')
    .flatMap((line) => {
      const pieces: string[] = []
      let rest = line.replaceAll('\t', '        ')
      while (rest.length > columns) {
        const at = rest.lastIndexOf(' ', columns)
        if (at <= rest.search(/\S/)) break
        pieces.push(rest.slice(0, at))
        rest = rest.slice(at + 1)
      }
      return [...pieces, rest]
    })
    .join('\n')
}
