/** A machine in two lines, and what is not known of it. */
import type { Topology } from '@barter/core'
import type { Inspection } from '@barter/inspect'
import type { Style } from './style.ts'
import { wrapAfter } from './wrap.ts'

export function machineSummary(topology: Topology, report: Inspection, columns: number): string {
  const { cpu, kernelRelease, iommu, functions, hostBridges } = topology
  const parts = [
    `${functions.length} PCI functions below ${plural(hostBridges.length, 'host bridge')}`,
    cpu.name ?? cpu.vendor ?? 'CPU not known',
    `IOMMU ${iommu?.mode ?? 'not known'}`,
    ...(kernelRelease === undefined ? [] : [`Linux ${kernelRelease}`]),
    ...(report.acsKnown ? [] : ['some ACS words not known']),
  ]
  return wrapAfter('', parts.join(', '), columns)
}

/** At most a few: the JSON has them all. */
const MOST_NOTES = 4

export function unknownNotes({ unknown }: Inspection, columns: number, style: Style): string[] {
  if (unknown.length === 0) return []
  const more = unknown.length - MOST_NOTES
  return [
    '',
    style.warn('not known:'),
    ...unknown.slice(0, MOST_NOTES).map((note) => wrapAfter('  - ', note, columns)),
    ...(more > 0 ? [`  and ${more} more; --json has them all`] : []),
  ]
}

export const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`
