/** Advice for people: what has to change, what it costs whom, and that it works. */
import type { AdvisedInspection, PairReport, Proof, SlotCandidate, Way } from '@barter/inspect'
import { ANSWER_WORDS, answerLetter } from './answer.ts'
import { shortBdf } from './device-label.ts'
import { isolationLines } from './isolation.ts'
import { plural } from './machine-summary.ts'
import type { Style } from './style.ts'
import { wrapAfter } from './wrap.ts'

export interface AdviceOptions {
  readonly columns: number
  readonly style: Style
  /** Release of the kernel that the advice is for. */
  readonly kernel: string | undefined
}

export function renderAdvice(report: AdvisedInspection, options: AdviceOptions): string {
  const { advice } = report
  const { columns, style } = options
  const head = `${advice.wanted.map(shortBdf).join(', ')}: ${HEADS[advice.status]}`
  return [
    style.strong(wrapAfter('', head, columns)),
    '',
    ...today(report, columns),
    ...ports(report),
    ...ways(advice.ways, options),
    ...collecting(report, columns),
    ...slots(report, columns),
  ].join('\n')
}

const HEADS = {
  direct: 'direct already, nothing to change',
  possible: 'can be made direct by software',
  partly: 'some pairs are direct or can be made so, others cannot',
  impossible: 'cannot be made direct by software',
  unknown: 'cannot tell before more of the machine is read',
} as const

/** The rest is in the JSON. */
const MOST_PAIRS = 12

/** One line for both directions of a pair, as the kernel answers alike; and why not, where no software can. */
function today({ advice, pairs }: AdvisedInspection, columns: number): string[] {
  const lines = advice.pairs.flatMap((need, i) => {
    const pair = pairs[i]
    if (pair === undefined || need.provider > need.client) return []
    const line = `${shortBdf(need.provider)} and ${shortBdf(need.client)}, today: ${ANSWER_WORDS[answerLetter(pair)]}`
    const why = need.kind === 'impossible' ? `; cannot be done in software: ${need.why}` : ''
    return [wrapAfter('  ', `${line}${why}`, columns)]
  })
  const more = lines.length - MOST_PAIRS
  return [...lines.slice(0, MOST_PAIRS), ...(more > 0 ? [`  and ${more} more; --json has them all`] : [])]
}

/** The smallest set, with register and word. */
function ports({ advice, devices }: AdvisedInspection): string[] {
  if (advice.clear.length === 0) return []
  const words = advice.ways[0]?.words ?? []
  const kindOf = new Map(devices.map(({ bdf, kind }) => [bdf, kind.replace('-', ' ')]))
  return [
    '',
    `  Redirect has to go off at ${plural(advice.clear.length, 'function')}, and nowhere else:`,
    ...words.map(
      ({ bdf, register, beforeBits }) =>
        `  ${shortBdf(bdf).padEnd(9)} ${(kindOf.get(bdf) ?? '').padEnd(16)} ACS ${beforeBits.padEnd(14)} control word at 0x${register.toString(16)}`,
    ),
  ]
}

function ways(all: readonly Way[], { columns, style, kernel }: AdviceOptions): string[] {
  if (all.length === 0) return []
  const lines = ['', `  One of these, least harm first${kernel === undefined ? '' : `, for Linux ${kernel}`}:`]
  for (const [i, { kind, commands, warning, effect, since, notes }] of all.entries()) {
    const lead = `  ${i + 1}. `
    if (kind === 'setpci') {
      lines.push(`${lead}until the next reset, as root:`)
      lines.push(...commands.map((command) => `     ${command}  ${style.warn(`# ${warning}`)}`))
    } else lines.push(...commands.map((command) => `${lead}${style.warn(warning)}: ${command}`))
    const needs = since === undefined || kernel !== undefined ? [] : [`needs Linux ${since}`]
    lines.push(wrapAfter('     ', [effect, ...needs, ...notes].join('; '), columns))
  }
  const [first] = all
  if (first?.isolation !== undefined) lines.push('', ...isolationLines(first.isolation, 'lost', columns))
  if (first?.proof !== undefined) lines.push('', ...proofLines(all, first.proof))
  return lines
}

/** Every way has been tried on paper, but the one that nothing can be said of. */
function proofLines(all: readonly Way[], proof: readonly Proof[]): string[] {
  const proved = all.filter((way) => way.proof !== undefined).length
  const which =
    proved === all.length
      ? 'each'
      : `each but ${all.length - proved === 1 ? 'the last' : `the last ${all.length - proved}`}`
  const rows = proof.filter(({ provider, client }) => provider < client)
  const more = rows.length - MOST_PAIRS
  return [
    `  Proof: the machine asked again, both ways, after ${which} of these:`,
    ...rows
      .slice(0, MOST_PAIRS)
      .map(
        ({ provider, client, before, after }) =>
          `  ${shortBdf(provider).padEnd(9)} <-> ${shortBdf(client).padEnd(9)} ${before} -> ${after}  ${ANSWER_WORDS[after]}`,
      ),
    ...(more > 0 ? [`  and ${more} more; --json has them all`] : []),
  ]
}

function collecting({ advice, pairs }: AdvisedInspection, columns: number): string[] {
  if (advice.collect.length === 0) return []
  const redirected = new Set(pairs.flatMap((pair, i) => (advice.pairs[i]?.kind === 'unknown' ? throughHost(pair) : [])))
  const either = `A pair is direct if no function on its way has RR, CR or EC on (bits 0x2c), and ${[...redirected].join(' or ')} if one has. To know, as root, or take the capture again as root:`
  return ['', wrapAfter('  ', either, columns), ...advice.collect.map((command) => `    ${command}`)]
}

function throughHost({ mapTypeIfRedirect, mapType, cpuMatters, hostBridgeMatters }: PairReport): string {
  if (cpuMatters === true || hostBridgeMatters === true) return 'perhaps not supported'
  return (mapTypeIfRedirect ?? mapType) === 'thru-host-bridge' ? 'through the host bridge' : 'not supported'
}

/** The rest is in the JSON. */
const MOST_SLOTS = 8

function slots({ advice, devices }: AdvisedInspection, columns: number): string[] {
  const { slots: candidates, pairs, wanted } = advice
  if (!pairs.some((need) => need.kind === 'impossible' && need.noCommonSwitch)) return []
  if (candidates.length === 0) {
    const fixed = wanted.every((bdf) => devices.some((device) => device.bdf === bdf && device.parent === null))
    if (fixed) return ['', '  None of these can be moved: they are part of the chipset or the CPU.']
    const none =
      'No slot of this machine would do: none is below one switch with the other device. It takes a PCI Express switch above both.'
    return ['', wrapAfter('  ', none, columns)]
  }
  const more = candidates.length - MOST_SLOTS
  return [
    '',
    "  Slots that would do, each asked of the changed machine (--what-if 'move:...'):",
    ...candidates
      .slice(0, MOST_SLOTS)
      .map((one) => wrapAfter('  ', `${one.change.replaceAll('0000:', '')}: ${slotWords(one)}`, columns)),
    ...(more > 0 ? [`  and ${more} more; --json has them all`] : []),
  ]
}

function slotWords({ instead, all, clear, read }: SlotCandidate): string {
  const parts = [
    instead === undefined ? 'empty' : `changes places with ${instead.map(shortBdf).join(', ')}`,
    clear.length > 0
      ? `then redirect off at ${clear.map(shortBdf).join(', ')}`
      : read.length > 0
        ? 'if ACS lets it, which is not known'
        : 'direct at once',
    ...(all ? [] : ['not for all wanted pairs']),
  ]
  return parts.join('; ')
}
