/** The machine-readable inspection: what is there, how each pair would talk, and what could not be known. */
import {
  formatAcs,
  formatId,
  type HostBridgeFinding,
  ID_UNKNOWN,
  type MapType,
  p2pVerdict,
  type P2pVerdict,
  type PciFunction,
  readAcs,
  type Topology,
} from '@barter/core'
import type { SysfsFunction } from '../sysfs/assemble.ts'
import { className, classText } from './device-class.ts'
import { type BarReport, barReport } from './exportable.ts'
import { choosePairs, type PairChoice } from './pairs.ts'

export interface Inspection {
  readonly schema: 'barter.inspect/1'
  /** The ACS word of every function that answers could be read. */
  readonly acsKnown: boolean
  readonly devices: readonly DeviceReport[]
  readonly pairs: readonly PairReport[]
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
  readonly kind: PciFunction['kind']
  readonly driver: string | null
  readonly iommuGroup: number | null
  readonly numaNode?: number
  readonly parent: string | null
  readonly hostBridge: string
  /** The control word as `SV+RR+CR+UF`, or `off`; `none` without the capability; `unknown`. */
  readonly acs: string
  readonly bars: readonly BarReport[]
}

export interface PairReport {
  readonly provider: string
  readonly client: string
  /** Hops, counted also where the answer is no. */
  readonly distance: number
  /** What the kernel's distance call returns: -1 when not supported, `null` when that is not known. */
  readonly kernelDistance: number | null
  /** Absent when ACS words that are not known decide; the next two hold then. */
  readonly mapType?: MapType
  readonly mapTypeIfNoRedirect?: MapType
  readonly mapTypeIfRedirect?: MapType
  readonly commonUpstream: string | null
  readonly acsRedirectOn: readonly string[]
  readonly acsMattersOn?: readonly string[]
  readonly hostBridges: readonly HostBridgeFinding[]
  /** The answer may be another when the CPU, or the ids of a host bridge, become known. */
  readonly cpuMatters?: true
  readonly hostBridgeMatters?: true
  /** Id of the rule that decides. */
  readonly rule: string
  readonly reason: string
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
    pairs: pairs.map(([provider, client]) => pairReport(p2pVerdict(topology, provider, client))),
    unknown: leftOut === undefined ? topology.unknown : [...topology.unknown, leftOut],
  }
}

function deviceReport(fn: SysfsFunction): DeviceReport {
  return {
    bdf: fn.bdf,
    class: classText(fn.classCode),
    className: className(fn.classCode),
    id: fn.vendor === ID_UNKNOWN || fn.device === ID_UNKNOWN ? 'unknown' : formatId(fn),
    kind: fn.kind,
    driver: fn.driver ?? null,
    iommuGroup: fn.iommuGroup ?? null,
    ...(fn.numaNode !== undefined ? { numaNode: fn.numaNode } : {}),
    parent: fn.parent,
    hostBridge: fn.hostBridge,
    acs: acsText(fn),
    bars: fn.bars.map((bar) => barReport(fn, bar)),
  }
}

function acsText(fn: PciFunction): string {
  const acs = readAcs(fn.config)
  return acs.kind === 'present' ? formatAcs(acs.control) : acs.kind
}

function pairReport(verdict: P2pVerdict): PairReport {
  const { mapType, mapTypeIfNoRedirect, mapTypeIfRedirect, acsMattersOn, cpuMatters, hostBridgeMatters } = verdict
  return {
    provider: verdict.provider,
    client: verdict.client,
    distance: verdict.distance,
    kernelDistance: verdict.kernelDistance ?? null,
    ...(mapType !== undefined ? { mapType } : {}),
    ...(mapTypeIfNoRedirect !== undefined ? { mapTypeIfNoRedirect } : {}),
    ...(mapTypeIfRedirect !== undefined ? { mapTypeIfRedirect } : {}),
    commonUpstream: verdict.commonUpstream,
    acsRedirectOn: verdict.redirectOn.map(({ bdf }) => bdf),
    ...(acsMattersOn.length > 0 ? { acsMattersOn } : {}),
    hostBridges: verdict.hostBridges,
    ...(cpuMatters === true ? { cpuMatters } : {}),
    ...(hostBridgeMatters === true ? { hostBridgeMatters } : {}),
    rule: verdict.rule,
    reason: verdict.reason,
  }
}
