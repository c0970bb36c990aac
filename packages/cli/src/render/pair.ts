/** One pair of devices: the way port by port, who decides, and how that could be changed. */
import type { DeviceReport, Inspection, PairReport } from '@barter/inspect'
import { ANSWER_WORDS, answerLetter } from './answer.ts'
import { barsLabel, deviceLabel, shortBdf } from './device-label.ts'
import type { Style } from './style.ts'
import { wrapAfter } from './wrap.ts'

/** **Shape** `there` and `back`: a report of one pair each, with provider and client exchanged. */
export function renderPair(there: Inspection, back: Inspection, columns: number, style: Style): string {
  const [pair] = there.pairs
  const [other] = back.pairs
  if (pair === undefined || other === undefined) return ''
  const second = mirrored(pair, other) ? mirror(back, other, columns) : direction(back, other, columns, style)
  return `${direction(there, pair, columns, style)}\n\n${second}`
}

const mirrored = (a: PairReport, b: PairReport): boolean =>
  answerLetter(a) === answerLetter(b) && a.rule === b.rule && a.acsRedirectOn.length === b.acsRedirectOn.length

/** The same ports in the other order, which need no second list. */
function mirror({ devices }: Inspection, pair: PairReport, columns: number): string {
  const bars = devices.filter(({ bdf }) => bdf === pair.provider).map(barsLabel)
  const head = `${shortBdf(pair.client)} writes into a BAR of ${shortBdf(pair.provider)} (${bars.join()}): `
  return wrapAfter('', `${head}the same ports in reverse, the same verdict.`, columns)
}

function direction(report: Inspection, pair: PairReport, columns: number, style: Style): string {
  const devices = new Map(report.devices.map((device) => [device.bdf, device]))
  const provider = devices.get(pair.provider)
  const client = devices.get(pair.client)
  const rows = wayOf(devices, pair)
  const head = `${style.strong(shortBdf(pair.client))} writes into a BAR of ${style.strong(shortBdf(pair.provider))}`
  const lines = [
    head,
    ...(client === undefined ? [] : [`  ${shortBdf(client.bdf)}  ${deviceLabel(client)}`]),
    ...(provider === undefined
      ? []
      : [`  ${shortBdf(provider.bdf)}  ${deviceLabel(provider)}, ${barsLabel(provider)}`]),
    '',
    ...rows.map(({ at, kind, acs, note }) =>
      `  ${at.padEnd(9)} ${kind.padEnd(17)} ${acs.padEnd(17)} ${note === undefined ? '' : style.warn(note)}`.trimEnd(),
    ),
    '',
    wrapAfter('  verdict  ', verdictWords(pair), columns),
    wrapAfter('  because  ', `${pair.reason} (${pair.rule})`, columns),
  ]
  const hint = hintFor(pair)
  if (hint !== undefined) lines.push(wrapAfter('  advice   ', hint, columns))
  return lines.join('\n')
}

function verdictWords(pair: PairReport): string {
  const letter = answerLetter(pair)
  const kernel = pair.kernelDistance === null || pair.kernelDistance >= 0 ? '' : '; the kernel says -1'
  return `${ANSWER_WORDS[letter]}, distance ${pair.distance}${kernel}`
}

interface WayRow {
  readonly at: string
  readonly kind: string
  readonly acs: string
  readonly note?: string
}

/** From the client up to where the packets turn round, and down to the provider. */
function wayOf(devices: ReadonlyMap<string, DeviceReport>, pair: PairReport): WayRow[] {
  const up = chain(devices, pair.client)
  const down = chain(devices, pair.provider)
  const turn = answerLetter(pair) === 'B' || answerLetter(pair) === 'e' ? pair.commonUpstream : null
  const rows: WayRow[] = []
  for (const device of up) {
    const note = noteOf(device, pair, turn)
    rows.push(row(device, note))
    if (device.bdf === turn) return [...rows, ...downFrom(down, turn, pair)]
  }
  const client = devices.get(pair.client)
  const provider = devices.get(pair.provider)
  rows.push(bridgeRow(pair, client))
  if (provider !== undefined && client !== undefined && provider.hostBridge !== client.hostBridge)
    rows.push(bridgeRow(pair, provider))
  return [...rows, ...downFrom(down, null, pair)]
}

function downFrom(chainUp: readonly DeviceReport[], turn: string | null, pair: PairReport): WayRow[] {
  const to = turn === null ? chainUp.length : chainUp.findIndex(({ bdf }) => bdf === turn)
  return chainUp
    .slice(0, to)
    .toReversed()
    .map((device) => row(device, noteOf(device, pair, turn)))
}

const row = (device: DeviceReport, note: string | undefined): WayRow => ({
  at: shortBdf(device.bdf),
  kind: device.kind.replace('-', ' '),
  acs: device.acs === 'none' ? 'no ACS' : device.acs === 'unknown' ? 'ACS not known' : `ACS ${device.acs}`,
  ...(note === undefined ? {} : { note }),
})

function bridgeRow(pair: PairReport, below: DeviceReport | undefined): WayRow {
  const id = below?.hostBridge ?? ''
  const finding = pair.hostBridges.find((one) => one.id === id)
  const note =
    finding === undefined ? undefined : `${pair.mapType === 'not-supported' ? 'not trusted' : 'trusted'} (${pair.rule})`
  return { at: id, kind: 'host bridge', acs: finding?.deviceId ?? '', ...(note === undefined ? {} : { note }) }
}

function noteOf(device: DeviceReport, pair: PairReport, turn: string | null): string | undefined {
  // The list begins at the provider, and packets at the client: the last one on its side meets them first.
  if (device.bdf === pair.acsRedirectOn.at(-1)) return 'decides: redirects up'
  if (pair.acsRedirectOn.includes(device.bdf)) return 'redirects too'
  if (pair.acsMattersOn?.includes(device.bdf) === true) return 'may redirect'
  if (device.bdf === turn) return 'turns round here'
  return undefined
}

function chain(devices: ReadonlyMap<string, DeviceReport>, bdf: string): DeviceReport[] {
  const found: DeviceReport[] = []
  for (let at = devices.get(bdf); at !== undefined; at = at.parent === null ? undefined : devices.get(at.parent))
    found.push(at)
  return found
}

/** **Source** P2P-31 */
function hintFor(pair: PairReport): string | undefined {
  if (pair.acsRedirectOn.length > 0 && pair.commonUpstream !== null) {
    return `boot with pci=disable_acs_redir=${pair.acsRedirectOn.join(';')} and the pair gets a bus address; that takes the IOMMU out of this way`
  }
  if (pair.acsMattersOn !== undefined) return 'take the capture as root, so that it has the ACS words of these ports'
  return undefined
}
