/** Do two readings of one machine say the same? */
import { p2pMatrix, type PciFunction, readAcs, type Topology } from '@barter/core'
import { isEndpoint } from '../report/exportable.ts'

/** More endpoints than this have their pairs compared in part, as every pair of so many takes too much memory. */
const MOST_ENDPOINTS = 4096

/** **Shape** how many pairs were compared, and the first difference in a sentence. */
export function sameAnswers(a: Topology, b: Topology): { readonly pairs: number; readonly difference?: string } {
  if (a.functions.length !== b.functions.length) {
    return { pairs: 0, difference: `${a.functions.length} functions became ${b.functions.length}` }
  }
  for (const [i, fn] of a.functions.entries()) {
    const other = b.functions[i]
    if (other === undefined || factsOf(fn) !== factsOf(other)) {
      return { pairs: 0, difference: `${fn.bdf} is not what it was` }
    }
  }
  for (const key of ['cpu', 'iommu', 'kernelRelease'] as const) {
    if (JSON.stringify(a[key]) !== JSON.stringify(b[key])) return { pairs: 0, difference: `${key} is not what it was` }
  }
  const ends = a.functions.filter(isEndpoint).slice(0, MOST_ENDPOINTS)
  const first = p2pMatrix(a, ends)
  const second = p2pMatrix(
    b,
    ends.map(({ bdf }) => b.get(bdf)),
  )
  const at = first.cells.findIndex((cell, i) => cell !== second.cells[i])
  const pairs = ends.length * Math.max(0, ends.length - 1)
  if (at < 0) return { pairs }
  const [provider, client] = [ends[Math.floor(at / ends.length)], ends[at % ends.length]]
  return { pairs, difference: `the verdict of ${provider?.bdf ?? ''} and ${client?.bdf ?? ''} is not what it was` }
}

const factsOf = (fn: PciFunction): string =>
  JSON.stringify([
    fn.bdf,
    fn.parent,
    fn.hostBridge,
    fn.kind,
    fn.vendor,
    fn.device,
    fn.classCode,
    fn.driver,
    fn.iommuGroup,
    fn.physicalFunction,
    fn.bars,
    readAcs(fn.config),
  ])
