/** One pair of devices: the way as a drawing, port by port, who decides, and what else is to know. */
import type { DeviceReport, Inspection, PairReport, PathStep } from '@barter/inspect'
import { ANSWER_WORDS, answerLetter } from './answer.ts'
import { barsLabel, deviceWords, refusedBars, shortBdf } from './device-label.ts'
import type { Style } from './style.ts'
import { wrapAfter } from './wrap.ts'

/** **Shape** `report`: its first two pairs are the two directions. */
export function renderPair(report: Inspection, columns: number, style: Style): string {
  const [there, back] = report.pairs
  if (there === undefined) return ''
  const first = direction(report, there, columns, style)
  if (back === undefined) return first
  const second = mirrored(there, back) ? mirror(report, back, columns) : direction(report, back, columns, style)
  return [first, '', second, ...oneWayLines(there, columns)].join('\n')
}

const mirrored = (a: PairReport, b: PairReport): boolean =>
  answerLetter(a) === answerLetter(b) && a.rule === b.rule && a.acsRedirectOn.length === b.acsRedirectOn.length

/** The same ports in the other order, which need no second drawing. */
function mirror({ devices }: Inspection, pair: PairReport, columns: number): string {
  const bars = devices.filter(({ bdf }) => bdf === pair.provider).map(barsLabel)
  const head = `${shortBdf(pair.client)} writes into a BAR of ${shortBdf(pair.provider)} (${bars.join()}): `
  return wrapAfter('', `${head}the same ports in reverse, the same verdict.`, columns)
}

function oneWayLines({ oneWay = [] }: PairReport, columns: number): string[] {
  return oneWay.length === 0
    ? []
    : ['', ...oneWay.map((sentence) => wrapAfter('Not alike both ways: ', sentence, columns))]
}

function direction(report: Inspection, pair: PairReport, columns: number, style: Style): string {
  const devices = new Map(report.devices.map((device) => [device.bdf, device]))
  const provider = devices.get(pair.provider)
  const client = devices.get(pair.client)
  const head = `${style.strong(shortBdf(pair.client))} writes into a BAR of ${style.strong(shortBdf(pair.provider))}`
  return [
    head,
    ...(client === undefined ? [] : [wrapAfter(`  ${shortBdf(client.bdf)}  `, deviceWords(client), columns)]),
    ...(provider === undefined ? [] : barLines(provider, columns)),
    '',
    ...(pair.path ?? []).map((step) => pathLine(step, pair, style)),
    '',
    wrapAfter('  verdict  ', verdictWords(pair), columns),
    wrapAfter('  because  ', `${pair.reason} (${pair.rule})`, columns),
    ...facts(pair).map(([word, text]) => wrapAfter(`  ${word.padEnd(9)}`, text, columns)),
  ].join('\n')
}

function barLines(provider: DeviceReport, columns: number): string[] {
  const refused = refusedBars(provider)
  const name = `  ${shortBdf(provider.bdf)}  `
  return [
    wrapAfter(name, `${deviceWords(provider)}, ${barsLabel(provider)}`, columns),
    ...(refused === '' ? [] : [wrapAfter(' '.repeat(name.length), `not ${refused}`, columns)]),
  ]
}

function verdictWords(pair: PairReport): string {
  const letter = answerLetter(pair)
  const kernel = pair.kernelDistance === null || pair.kernelDistance >= 0 ? '' : '; the kernel says -1'
  return `${ANSWER_WORDS[letter]}${eitherWay(pair)}, distance ${pair.distance}${kernel}`
}

/** Both outcomes, where ACS words that are not known decide and one outcome is no. */
function eitherWay(pair: PairReport): string {
  if (answerLetter(pair) !== '?' || pair.mapTypeIfRedirect === undefined) return ''
  const redirected = pair.cpuMatters === true || pair.hostBridgeMatters === true ? 'not known' : 'not supported'
  return `: a bus address if no port redirects, ${redirected} if one does`
}

const ARROWS = { up: '↑', turn: '↷', down: '↓' } as const

/** An arrow for where the packet goes next, the port, its ACS word, and its say. */
function pathLine(step: PathStep, pair: PairReport, style: Style): string {
  const { at, kind, leg } = step
  const acs = step.acs === undefined ? (hostOf(pair, at)?.deviceId ?? '') : acsWords(step.acs)
  const note = noteOf(step, pair)
  const arrow = at === pair.provider && pair.provider !== pair.client ? '●' : ARROWS[leg]
  const words = `${(step.acs === undefined ? at : shortBdf(at)).padEnd(9)} ${kind.replace('-', ' ').padEnd(15)} ${acs.padEnd(17)}`
  return `  ${arrow}  ${words} ${note === '' ? '' : style.warn(note)}`.trimEnd()
}

const acsWords = (acs: string): string =>
  acs === 'none' ? 'no ACS' : acs === 'unknown' ? 'ACS not known' : acs === 'silent' ? 'does not answer' : `ACS ${acs}`

const hostOf = (pair: PairReport, id: string): PairReport['hostBridges'][number] | undefined =>
  pair.hostBridges.find((one) => one.id === id)

function noteOf({ at, leg, redirect = [], acsMatters, asked, acs }: PathStep, pair: PairReport): string {
  if (acs === undefined) {
    const letter = answerLetter(pair)
    const word = letter === '?' ? 'not known if trusted' : letter === 'x' ? 'not trusted' : 'trusted'
    return hostOf(pair, at) === undefined ? '' : `${word} (${pair.rule})`
  }
  // The list begins at the provider, and packets at the client: the last one on its side meets them first.
  if (at === pair.acsRedirectOn.at(-1)) return `decides: redirects up (${redirect.join('+')})`
  if (redirect.length > 0) return `redirects too (${redirect.join('+')})`
  if (acsMatters === true) return 'may redirect'
  if (leg === 'turn') return 'turns round here'
  return pair.commonUpstream !== null && asked !== true && /RR|CR|EC/.test(acs) ? 'above the turn: not asked' : ''
}

/** What else an answer has: groups, the vendors' word, what to do next. */
function facts(pair: PairReport): readonly (readonly [string, string])[] {
  const { provider, client } = pair.iommuGroups
  const groups =
    provider === null || client === null
      ? []
      : [
          [
            'groups',
            provider === client ? `both in IOMMU group ${provider}` : `IOMMU groups ${client} and ${provider}`,
          ] as const,
        ]
  const advice = hintFor(pair)
  return [
    ...groups,
    ...(pair.label === 'X'
      ? []
      : [['label', `${pair.label} in the words of nvidia-smi and NCCL, which do not look at ACS`] as const]),
    ...(advice === undefined ? [] : [['advice', advice] as const]),
  ]
}

function hintFor(pair: PairReport): string | undefined {
  const want = `--want ${shortBdf(pair.provider)},${shortBdf(pair.client)}`
  if (pair.wouldBeBusAddrAfter !== undefined)
    return `ACS alone is in the way of a bus address: ${want} says what to change, and what isolation it costs`
  if (pair.cpuMatters === true) return 'the CPU is not known: say it with --cpu amd:0x17, --cpu intel or --cpu other'
  if (pair.acsMattersOn !== undefined)
    return `take the capture as root, so that it has the ACS words of these ports; ${want} lists them`
  if (answerLetter(pair) === 'x') return `${want} says which slots would do`
  return undefined
}
