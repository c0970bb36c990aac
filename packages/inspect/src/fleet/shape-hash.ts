/** A name for everything that the verdicts of a machine follow from: two machines with one shape have the same answers. */
import { createHash } from 'node:crypto'
import { bdfParts, type PciFunction, readAcs, type Topology } from '@barter/core'
import { canProvide } from '../report/pairs.ts'

/** Digits of the name; enough for billions of shapes before two share one. */
const DIGITS = 16

/**
 * **Shape** hex digits. Bus numbers, addresses, drivers and IOMMU groups are not in it: the kernel asks for none of them.
 * **Source** P2P-20 to P2P-23, HB-1 to HB-5
 */
export function shapeHash(topology: Topology): string {
  const hash = createHash('sha256')
  const { arch, vendor, family } = topology.cpu
  hash.update(JSON.stringify([arch ?? null, vendor ?? null, family ?? null]))
  for (const { id, firstHidden, guessed } of topology.hostBridges) {
    // Which domain a guessed bridge is in decides whether it may meet another.
    hash.update(`\n${firstHidden ?? ''} ${guessed === true ? id : ''}`)
    // Without recursion: a chain of bridges may be as long as there are buses.
    const left: (PciFunction | undefined)[] = topology.children(id).toReversed()
    while (left.length > 0) {
      const fn = left.pop()
      if (fn === undefined) hash.update(')')
      else {
        hash.update(`(${factsOf(fn)}`)
        left.push(undefined, ...topology.children(fn.bdf).toReversed())
      }
    }
  }
  return hash.digest('hex').slice(0, DIGITS)
}

function factsOf(fn: PciFunction): string {
  const { device, function: number } = bdfParts(fn.bdf)
  const acs = readAcs(fn.config)
  const word = acs.kind === 'present' ? acs.control : acs.kind
  return [
    device,
    number,
    fn.kind,
    fn.vendor,
    fn.device,
    fn.classCode,
    word,
    fn.config.silent,
    canProvide(fn),
    fn.bridgesHidden ?? false,
  ].join()
}
