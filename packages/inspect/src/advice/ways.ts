/** How to make functions stop redirecting, least harm first. */
import { type Bdf, p2pVerdict, type PciFunction, readAcs, type Topology } from '@barter/core'
import { answerLetter, type Letter } from '../report/answer.ts'
import {
  configAcsFlags,
  disableRedirWord,
  type WordChange,
  withoutRedirect,
  withWords,
  wordChange,
} from './acs-change.ts'
import { acsParameters } from './command-line.ts'
import { type IsolationLoss, isolationLoss } from './isolation.ts'
import {
  CONFIG_ACS_SEVERAL_SINCE,
  CONFIG_ACS_SINCE,
  DISABLE_ACS_REDIR_SINCE,
  formatVersion,
  isSince,
  type KernelVersion,
} from './kernel-version.ts'

export interface Way {
  readonly kind: 'config-acs' | 'disable-acs-redir' | 'setpci' | 'iommu-off'
  /** What to add to the kernel's command line, or to type as root, line by line. */
  readonly commands: readonly string[]
  /** What it costs, in a few words: to stand in one line with the command, always. */
  readonly warning: string
  /** The same as a sentence with figures. */
  readonly effect: string
  /** First kernel that takes it. */
  readonly since?: string
  /** Further things to know. */
  readonly notes: readonly string[]
  /** Control words of the machine afterwards. */
  readonly words: readonly WordChange[]
  /** Absent where it cannot be told. */
  readonly isolation?: IsolationLoss
  /** Each wanted pair, asked again of the changed machine. Absent where there is no proof. */
  readonly proof?: readonly Proof[]
}

export interface Proof {
  readonly provider: Bdf
  readonly client: Bdf
  readonly before: Letter
  readonly after: Letter
}

export type WantedPair = readonly [provider: PciFunction, client: PciFunction]

/** **Shape** `clear`: functions that redirect and have to stop; `version`: `undefined` if not known. **Source** ACS-9 to ACS-12 */
export function waysToClear(
  topology: Topology,
  clear: readonly Bdf[],
  wanted: readonly WantedPair[],
  version: KernelVersion | undefined,
): readonly Way[] {
  if (clear.length === 0) return []
  const ports = clear.map((bdf) => topology.get(bdf))
  const booted = acsParameters(topology.commandLine)
  const fits = (since: KernelVersion): boolean => version === undefined || isSince(version, since)
  const wayOf = (
    kind: Way['kind'],
    commands: readonly string[],
    notes: readonly string[],
    since: KernelVersion | undefined,
    word: (control: number) => number,
  ): Way => {
    const words = ports.flatMap((fn) => wordChange(fn, word(controlOf(fn))) ?? [])
    const after = withWords(topology, new Map(words.map(({ bdf, after }) => [bdf, after])))
    const isolation = isolationLoss(topology, after)
    return {
      kind,
      commands,
      warning: isolation.iommu === false ? 'WARNING, no IOMMU keeps devices apart' : 'WARNING, costs isolation',
      effect: effectOf(kind, isolation),
      ...(since === undefined ? {} : { since: formatVersion(since) }),
      notes,
      words,
      isolation,
      proof: prove(topology, after, wanted),
    }
  }
  const config = configAcs(ports, booted.configAcs)
  const severalOk = ports.length === 1 || fits(CONFIG_ACS_SEVERAL_SINCE)
  const byConfig = (): Way => wayOf('config-acs', [config], configNotes(severalOk), CONFIG_ACS_SINCE, withoutRedirect)
  const byRedir = (): Way =>
    wayOf(
      'disable-acs-redir',
      [`pci=disable_acs_redir=${[...new Set([...booted.disableAcsRedir, ...clear])].join(';')}`],
      [
        'SV and UF, which the kernel sets by default, stay off at these ports too',
        ...replaces(booted.disableAcsRedir, 'disable_acs_redir'),
      ],
      DISABLE_ACS_REDIR_SINCE,
      (control) => disableRedirWord(topology, control),
    )
  // A config_acs that is there already is applied last, and would undo the other.
  const redirWorks = fits(DISABLE_ACS_REDIR_SINCE) && booted.configAcs.length === 0
  const boot = [
    ...(fits(CONFIG_ACS_SINCE) && severalOk ? [byConfig()] : []),
    ...(redirWorks ? [byRedir()] : []),
    ...(fits(CONFIG_ACS_SINCE) && !severalOk ? [byConfig()] : []),
  ]
  const typed = wayOf('setpci', ports.map(setpciLine), SETPCI_NOTES, undefined, withoutRedirect)
  return [...boot, typed, ...iommuOff(topology)]
}

const controlOf = (fn: PciFunction): number => {
  const acs = readAcs(fn.config)
  return acs.kind === 'present' ? acs.control : 0
}

function configAcs(ports: readonly PciFunction[], booted: readonly string[]): string {
  const ours = ports.map((fn) => `${configAcsFlags(controlOf(fn))}@${fn.bdf}`)
  const kept = booted.filter((entry) => !ports.some(({ bdf }) => entry.endsWith(`@${bdf}`)))
  return `pci=config_acs=${[...ours, ...kept].join(';')}`
}

const configNotes = (severalOk: boolean): string[] => [
  'keeps the other ACS bits of these ports as they are',
  ...(severalOk
    ? []
    : ['before 6.15 it takes several ports only if the distribution has the repair: check the words after booting']),
]

const replaces = (booted: readonly string[], name: string): string[] =>
  booted.length === 0 ? [] : [`replaces the ${name} of the present command line, whose entries it has taken over`]

/** Only the bits of the mask change, so the line is right whatever else is on. */
const setpciLine = (fn: PciFunction): string => `setpci -s ${fn.bdf} ECAP_ACS+6.w=0:2c`

const SETPCI_NOTES: readonly string[] = [
  'lasts until a driver is bound to the port, or the port is reset',
  'the kernel notices neither in the IOMMU groups nor in answers that it gave before: bind the lending driver again',
]

function effectOf(kind: Way['kind'], { iommu, groups, direct }: IsolationLoss): string {
  const devices = new Set(direct.flatMap(({ parts }) => parts.flatMap((part) => part.devices))).size
  if (iommu === false)
    return `no IOMMU is on, so nothing is lost; ${devices} devices then reach each other inside the switch`
  const loses = `${devices} devices lose isolation from each other`
  if (kind === 'setpci') return `${loses}, and the IOMMU groups do not show it`
  return groups.length === 0 ? `${loses}, though their IOMMU groups stay apart` : `${loses}, and IOMMU groups merge`
}

const IOMMU_OFF: Readonly<Record<string, string>> = {
  AuthenticAMD: 'amd_iommu=off',
  GenuineIntel: 'intel_iommu=off',
}

/** Last, for completeness: nothing here can prove it, as firmware's own ACS words are not in a capture. */
function iommuOff({ iommu, cpu }: Topology): readonly Way[] {
  const x86 = cpu.arch === undefined || cpu.arch === 'x86_64' || cpu.vendor !== undefined
  if (iommu?.mode === 'none' || !x86) return []
  return [
    {
      kind: 'iommu-off',
      commands: [IOMMU_OFF[cpu.vendor ?? ''] ?? 'intel_iommu=off amd_iommu=off'],
      warning: 'WARNING, every device then reaches all memory',
      effect: 'no device is kept from any memory or device',
      notes: ['not proved: the ports then keep what firmware set; never on a machine that lends devices to guests'],
      words: [],
    },
  ]
}

function prove(before: Topology, after: Topology, wanted: readonly WantedPair[]): readonly Proof[] {
  return wanted.map(([provider, client]) => ({
    provider: provider.bdf,
    client: client.bdf,
    before: answerLetter(p2pVerdict(before, provider, client)),
    after: answerLetter(p2pVerdict(after, after.get(provider.bdf), after.get(client.bdf))),
  }))
}
