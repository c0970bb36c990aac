/** What the P2PDMA core says in the kernel's log about one pair (P2P-31 to P2P-34). */
import type { Device } from './device.ts'
import type { P2pVerdict } from './p2p.ts'
import type { TraceFact } from './trace.ts'

type LogFact = Extract<TraceFact, { kind: 'log' }>

/** The list of functions is built in a buffer of 128 bytes, 13 for each: what does not fit is not told (P2P-31). */
const LISTED_FUNCTIONS = 9

export interface Told {
  readonly provider: Device
  readonly client: Device
  /** The caller wants the reasons. An unlisted host bridge is told all the same (P2P-33). */
  readonly verbose: boolean
  /** What was decided. */
  readonly supported: boolean
}

/** In the kernel's order. */
export function p2pMessages(verdict: P2pVerdict, told: Told): readonly LogFact[] {
  const redirect = verdict.redirectOn.length > 0
  return [
    ...(told.verbose && redirect ? redirectMessages(verdict, told) : []),
    ...(redirect ? unlistedMessages(verdict) : []),
    ...(told.verbose && !told.supported ? [noCommonBridge(told)] : []),
  ]
}

/** **Source** P2P-34 */
export const notPciMessage = (client: Device): LogFact => ({
  kind: 'log',
  message: `${client.name}: not a PCI device`,
  rule: 'P2P-34',
  code: 'not-pci',
})

function redirectMessages({ redirectOn }: P2pVerdict, { provider, client }: Told): readonly LogFact[] {
  const functions = redirectOn.slice(0, LISTED_FUNCTIONS).map((site) => site.bdf)
  return [
    {
      kind: 'log',
      message: `${client.bdf}: ACS redirect is set between the client and provider (${provider.bdf})`,
      rule: 'P2P-31',
      code: 'acs-redirect',
      about: { client: client.bdf, provider: provider.bdf },
    },
    {
      kind: 'log',
      message: `${client.bdf}: to disable ACS redirect for this path, add pci=disable_acs_redir=${functions.join(';')}`,
      rule: 'P2P-31',
      code: 'disable-hint',
      about: { client: client.bdf, functions },
    },
  ]
}

/** Only where the list was asked, and only of a bridge that has somebody to stand for it (P2P-33, HB-2). */
function unlistedMessages({ rule, hostBridges }: P2pVerdict): readonly LogFact[] {
  if (rule === 'HB-1') return []
  const unlisted = hostBridges.find((finding) => !finding.listed)
  if (unlisted === undefined || unlisted.representative === null || unlisted.deviceId === null) return []
  const { representative, deviceId } = unlisted
  return [
    {
      kind: 'log',
      message: `${representative}: host bridge is not on the list of those that route P2P (${deviceId})`,
      rule: 'P2P-33',
      code: 'host-bridge-not-listed',
      about: { device: representative, id: deviceId },
    },
  ]
}

const noCommonBridge = ({ provider, client }: Told): LogFact => ({
  kind: 'log',
  message: `${client.bdf}: cannot do P2P with ${provider.bdf}: no common upstream bridge and no listed host bridge`,
  rule: 'P2P-32',
  code: 'no-common-bridge',
  about: { client: client.bdf, provider: provider.bdf },
})
