/** What one source tells of a machine: the shape that every reader gives, and that merging works on. */
import type { Bdf, Cpu, TopologyData } from '@barter/core'
import type { Iomem } from '../proc/iomem.ts'
import type { FunctionFacts } from './function-facts.ts'

/** Kinds of input, told by content. */
export type SourceFormat =
  | 'sysfs'
  | 'lspci text'
  | 'lspci hex'
  | 'lspci tree'
  | 'udev'
  | 'lstopo'
  | 'NCCL topology'
  | 'IOMMU groups'
  | 'ACSCtl lines'
  | 'proc'

export interface MachineFacts {
  /** File, folder, or part of one. */
  readonly source: string
  readonly format: SourceFormat
  readonly functions: readonly FunctionFacts[]
  /** Every function of the machine is there, as far as the source can show that. */
  readonly complete: boolean
  /** Root buses are not known: every host bridge in the places of its functions is a guess. */
  readonly guessed: boolean
  readonly cpu: Cpu | undefined
  readonly iomem: Iomem | undefined
  readonly release: string | undefined
  readonly commandLine: string | undefined
  readonly iommu: TopologyData['iommu']
  /** IOMMU groups of functions, which may be more than the functions that the source describes. */
  readonly groups: ReadonlyMap<Bdf, number>
  /** The ACS control word of every function that has one is this. */
  readonly everyAcs: number | undefined
  /** Why something is not known, as sentences; each counts only as long as no other source tells it. */
  readonly lacks: { readonly cpu?: string; readonly iomem?: string; readonly iommu?: string }
  /** What is not known for certain whatever other sources say, as sentences. */
  readonly gaps: readonly string[]
  /** What this kind of source can never tell, as sentences; said only where it is the best that there is. */
  readonly limits: readonly string[]
  /** What is true of this source and good to know, as sentences. */
  readonly notes: readonly string[]
}

export function machineFacts(
  source: string,
  format: SourceFormat,
  known: Partial<Omit<MachineFacts, 'source' | 'format'>>,
): MachineFacts {
  return {
    functions: [],
    complete: false,
    guessed: false,
    cpu: undefined,
    iomem: undefined,
    release: undefined,
    commandLine: undefined,
    iommu: undefined,
    groups: new Map(),
    everyAcs: undefined,
    lacks: {},
    gaps: [],
    limits: [],
    notes: [],
    ...known,
    source,
    format,
  }
}
