/** The machine-readable inspection: what is there, how each pair would talk, and what could not be known. */
import { formatId, ID_UNKNOWN, p2pVerdict, type PciFunction, readAcs, type Topology } from '@barter/core'
import type { MachineChange } from '../advice/compare-machines.ts'
import type { Advice } from '../advice/want.ts'
import type { CapturedFunction } from '../machine/assemble.ts'
import { acsText } from './acs-text.ts'
import { className, classText } from './device-class.ts'
import { type BarReport, barReport } from './exportable.ts'
import { type PairReport, pairReport } from './pair-report.ts'
import { choosePairs, type PairChoice } from './pairs.ts'

export interface Inspection {
  readonly schema: 'barter.inspect/1'
  /** The ACS word of every function that answers could be read. */
  readonly acsKnown: boolean
  readonly devices: readonly DeviceReport[]
  readonly pairs: readonly PairReport[]
  /** All pairs of these devices, one letter each (`Letter`): a row for the provider, a character for the client. */
  readonly matrix?: { readonly devices: readonly string[]; readonly rows: readonly string[] }
  /** What would make wanted pairs direct, when that was asked. */
  readonly advice?: Advice
  /** What imagined changes do, when that was asked; the rest of the report is of the changed machine. */
  readonly whatIf?: MachineChange
  /** What the capture lacks, in sentences. */
  readonly unknown: readonly string[]
}

export interface DeviceReport {
  readonly bdf: string
  /** 24 bits in hex. */
  readonly class: string
  readonly className: string
  /** `vvvv:dddd`; `unknown`. */
  readonly id: string
  /** Vendor and device in words, where the capture has them. */
  readonly name?: string
  readonly kind: PciFunction['kind']
  readonly driver: string | null
  readonly iommuGroup: number | null
  readonly numaNode?: number
  readonly parent: string | null
  readonly hostBridge: string
  /** The control word as `SV+RR+CR+UF`, or `off`; `none` without the capability; `unknown`; `silent` if all reads as ones. */
  readonly acs: string
  readonly bars: readonly BarReport[]
  /** Nothing is known of its BARs, so that an empty list means nothing. */
  readonly barsUnknown?: true
}

export interface InspectOptions {
  /** `interesting` unless given. */
  readonly pairs?: PairChoice
}

/** **Errors** `FUNCTION_NAME` and `DEVICE_UNKNOWN` for a pair that is not there. */
export function inspectTopology(
  topology: Topology,
  { pairs: choice = 'interesting' }: InspectOptions = {},
): Inspection {
  const { pairs, leftOut } = choosePairs(topology, choice)
  return {
    schema: 'barter.inspect/1',
    acsKnown: topology.functions.every((fn) => fn.config.silent || readAcs(fn.config).kind !== 'unknown'),
    devices: topology.functions.map(deviceReport),
    pairs: pairs.map(([provider, client]) =>
      pairReport(topology, p2pVerdict(topology, provider, client), { detailed: Array.isArray(choice) }),
    ),
    unknown: leftOut === undefined ? topology.unknown : [...topology.unknown, leftOut],
  }
}

function deviceReport(fn: CapturedFunction): DeviceReport {
  return {
    bdf: fn.bdf,
    class: classText(fn.classCode),
    className: className(fn.classCode),
    id: fn.vendor === ID_UNKNOWN || fn.device === ID_UNKNOWN ? 'unknown' : formatId(fn),
    ...(fn.name !== undefined ? { name: fn.name } : {}),
    kind: fn.kind,
    driver: fn.driver ?? null,
    iommuGroup: fn.iommuGroup ?? null,
    ...(fn.numaNode !== undefined ? { numaNode: fn.numaNode } : {}),
    parent: fn.parent,
    hostBridge: fn.hostBridge,
    acs: acsText(readAcs(fn.config)),
    bars: fn.bars.map((bar) => barReport(fn, bar)),
    ...(fn.barsUnknown === true ? { barsUnknown: true } : {}),
  }
}
