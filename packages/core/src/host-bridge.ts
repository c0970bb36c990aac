/**
 * Does the kernel trust the root complex to carry peer traffic? First the CPU is asked, then a table of known host
 * bridges (HB-1 to HB-5). Every answer is yes, no, or `undefined` where the capture does not tell.
 */
import { hex } from './address.ts'
import { type Bdf, bdfParts } from './bdf.ts'
import { readPcie } from './capability/pcie.ts'
import { type HostBridgeRow, hostBridgeRow, isListedVendor } from './host-bridge-table.ts'
import { formatId, type PciFunction } from './pci-function.ts'
import type { Cpu, Topology } from './topology.ts'

/** What the kernel finds when it looks a host bridge up. */
export interface HostBridgeFinding {
  /** Domain and root bus: `0000:00`. */
  readonly id: string
  /** First function on the root bus; `null` when there is none. */
  readonly first: Bdf | null
  /** The same, if it may stand for the bridge (HB-2); else `null`. */
  readonly representative: Bdf | null
  /** Ids of the representative, `8086:29c0`; `null` when there is none or the capture does not tell them. */
  readonly deviceId: string | null
  /** Has a row in the table. */
  readonly listed: boolean
  /** The row holds only for two devices below one host bridge. */
  readonly sameBridgeOnly: boolean
}

export interface HostBridgeDecision {
  /** `undefined`: neither the CPU nor the ids of the bridges are known well enough to say. */
  readonly trusted: boolean | undefined
  /** The rule that decides. */
  readonly by: 'HB-1' | 'HB-2' | 'HB-4'
  /** A clause for people. */
  readonly reason: string
  readonly findings: readonly HostBridgeFinding[]
  /** The list does not accept and the CPU is not known: a Zen would be trusted all the same. */
  readonly cpuMatters: boolean
  /** The CPU does not decide, and the list would, if the ids of a representative were known. */
  readonly idsMatter: boolean
}

/** Vendor and device id of a function as the kernel has them; those of the topology unless given. */
export type IdOf = (fn: PciFunction) => Pick<PciFunction, 'vendor' | 'device'>

/** Ids that a capture could not tell. No function answers with them, so they cannot be meant. */
export const ID_UNKNOWN = 0xffff

const X86 = /^(x86|x86_64|i[3-6]86|amd64)$/
/** First AMD family of the Zen line. */
const ZEN_FAMILY = 0x17

/**
 * The CPU rule: AMD Zen or newer routes between all its host bridges. Hygon is not included.
 * **Shape** `undefined`: the facts do not tell. **Source** HB-1
 */
export function cpuRoutesPeers(cpu: Cpu): boolean | undefined {
  return all([
    // A vendor string comes from cpuid, which only x86 has.
    cpu.arch === undefined ? (cpu.vendor === undefined ? undefined : true) : X86.test(cpu.arch),
    cpu.vendor === undefined ? undefined : cpu.vendor === 'AuthenticAMD',
    cpu.family === undefined ? undefined : cpu.family >= ZEN_FAMILY,
  ])
}

/** The function that stands for a host bridge: the first on its root bus, if it is 00.0 or a root port. **Source** HB-2 */
export function representativeOf(topology: Topology, hostBridge: string): PciFunction | null {
  const first = firstOf(topology, hostBridge)
  if (first === null) return null
  const { device, function: fn } = bdfParts(first.bdf)
  return (device === 0 && fn === 0) || isRootPort(first) ? first : null
}

/** What the kernel's table says of one host bridge. **Source** HB-2, HB-4 */
export function hostBridgeFinding(topology: Topology, hostBridge: string): HostBridgeFinding {
  return look(topology, hostBridge).finding
}

/**
 * Whether the kernel lets peer traffic through the root complex between two functions.
 *
 * **Shape** findings of the provider's bridge, then the client's; one when they share it (HB-3).
 * **Source** HB-1 to HB-5, P2P-23
 */
export function hostBridgeDecision(
  topology: Topology,
  a: PciFunction,
  b: PciFunction,
  cpu: Cpu = topology.cpu,
  idOf: IdOf = (fn) => fn,
): HostBridgeDecision {
  const same = a.hostBridge === b.hostBridge
  const looks = (same ? [a.hostBridge] : [a.hostBridge, b.hostBridge]).map((id) => look(topology, id, idOf))
  const findings = looks.map((one) => one.finding)
  const routes = cpuRoutesPeers(cpu)
  if (routes === true) {
    const reason = `the kernel trusts every host bridge of an AMD Zen or newer (family ${hex(cpu.family ?? 0)})`
    return { trusted: true, by: 'HB-1', reason, findings, cpuMatters: false, idsMatter: false }
  }
  const accepted = all(looks.map((one) => accepts(one, same)))
  const cpuMatters = routes === undefined && accepted !== true
  const idsMatter = accepted === undefined
  const clauses = looks.map((one) => clause(one, same))
  if (cpuMatters) clauses.push('the CPU is not known, and the kernel would trust an AMD Zen')
  const by = looks.some((one) => one.finding.representative === null && one.hidden !== true) ? 'HB-2' : 'HB-4'
  return { trusted: cpuMatters ? undefined : accepted, by, reason: clauses.join('; '), findings, cpuMatters, idsMatter }
}

/**
 * The same yes or no for many pairs of host bridges, each looked up once. What is not known counts as no, as in
 * `P2pVerdict.mapType`. **Shape** takes the ids of two host bridges.
 */
export function hostBridgeTrust(topology: Topology, cpu: Cpu = topology.cpu): (a: string, b: string) => boolean {
  if (cpuRoutesPeers(cpu) === true) return () => true
  const looks = new Map(topology.hostBridges.map(({ id }) => [id, look(topology, id)]))
  return (a, b) => {
    const one = looks.get(a)
    const other = looks.get(b)
    return one !== undefined && other !== undefined && all([accepts(one, a === b), accepts(other, a === b)]) === true
  }
}

interface Look {
  readonly finding: HostBridgeFinding
  readonly row: HostBridgeRow | undefined
  /** The representative is there but its ids are not known. */
  readonly idUnknown: boolean
  /** The capture may not show it. */
  readonly hidden?: true
}

function look(topology: Topology, hostBridge: string, idOf: IdOf = (fn) => fn): Look {
  const bridge = topology.hostBridges.find(({ id }) => id === hostBridge)
  if (bridge?.firstHidden === true || bridge?.guessed === true) return hiddenLook(hostBridge)
  const stands = representativeOf(topology, hostBridge)
  const id = stands === null ? null : idOf(stands)
  // A vendor without a row is enough to know that there is none.
  const unsure = id !== null && id.device === ID_UNKNOWN && isListedVendor(id.vendor)
  const idUnknown = id !== null && (id.vendor === ID_UNKNOWN || unsure)
  const row = id === null || idUnknown ? undefined : hostBridgeRow(id.vendor, id.device)
  return {
    finding: {
      id: hostBridge,
      first: firstOf(topology, hostBridge)?.bdf ?? null,
      representative: stands?.bdf ?? null,
      deviceId: id === null || id.vendor === ID_UNKNOWN || id.device === ID_UNKNOWN ? null : formatId(id),
      listed: row !== undefined,
      sameBridgeOnly: row?.sameBridgeOnly ?? false,
    },
    row,
    idUnknown,
  }
}

function hiddenLook(id: string): Look {
  const nothing = { first: null, representative: null, deviceId: null, listed: false, sameBridgeOnly: false }
  return { finding: { id, ...nothing }, row: undefined, idUnknown: true, hidden: true }
}

/** A row that asks for one host bridge refuses a pair on two at once (HB-4). */
function accepts({ row, idUnknown }: Look, same: boolean): boolean | undefined {
  if (idUnknown) return undefined
  return row !== undefined && (same || !row.sameBridgeOnly)
}

function clause({ finding, row, idUnknown, hidden }: Look, same: boolean): string {
  if (hidden === true) return `the capture does not show what stands for the host bridge above ${finding.id}`
  if (finding.representative === null) {
    const what = finding.first === null ? 'nothing' : `${finding.first}, which is neither 00.0 nor a root port,`
    return `host bridge ${finding.id} has ${what} first on its root bus, so it counts as not listed`
  }
  if (idUnknown) {
    return `the ids of ${finding.representative}, which stands for host bridge ${finding.id}, are not known`
  }
  const who = finding.deviceId === null ? finding.representative : `${finding.representative} ${finding.deviceId}`
  if (row === undefined) return `${who} is not on the kernel's list of host bridges`
  if (!row.sameBridgeOnly) return `${who} is on the kernel's list of host bridges (${row.part})`
  if (same) return `${who} is on the kernel's list for pairs below one host bridge (${row.part})`
  return `${who} is on the kernel's list only for pairs below one host bridge, and these are below two (${row.part})`
}

/** In the kernel's device list a virtual function comes behind every function that was enumerated. */
function firstOf(topology: Topology, hostBridge: string): PciFunction | null {
  return topology.children(hostBridge).find((fn) => fn.physicalFunction === undefined) ?? null
}

/** The kernel looks at the type in the PCI Express capability; a capture without those bytes has only the kind. */
function isRootPort(fn: PciFunction): boolean {
  return fn.kind === 'root-port' || readPcie(fn.config)?.portType === 'root-port'
}

/** And over three values: one no decides, else one "not known" does. */
function all(answers: readonly (boolean | undefined)[]): boolean | undefined {
  if (answers.includes(false)) return false
  return answers.includes(undefined) ? undefined : true
}
