/** What somebody requires of pairs of devices, held against what the kernel would say: for checks in CI. */
import { p2pVerdict, parseBdf, type PciFunction, type Topology, UsageError } from '@barter/core'
import { requirementInvalid } from '../errors.ts'
import { answerLetter, type Letter } from './answer.ts'
import { chooseDevices } from './choose-devices.ts'
import { canProvide } from './pairs.ts'

/** `any`: supported over some way; `none`: the kernel refuses. */
const WANTED = ['bus-addr', 'host-bridge', 'any', 'none'] as const
type Wanted = (typeof WANTED)[number]

/** A letter as a word, for programs. */
export const ANSWER_NAMES: Readonly<Record<Letter, string>> = {
  B: 'bus-addr',
  H: 'host-bridge',
  e: 'either',
  x: 'not-supported',
  '?': 'unknown',
}

export interface Requirement {
  /** As it was written. */
  readonly text: string
  /** Words of `DeviceChoice`: a class, a place or ids. */
  readonly a: string
  readonly b: string
  readonly wanted: Wanted
}

/** One ordered pair. */
export interface RequirementCheck {
  readonly provider: string
  readonly client: string
  readonly found: string
  /** `unknown`: the capture does not tell enough. */
  readonly met: boolean | 'unknown'
  readonly rule: string
  readonly reason: string
}

export interface RequirementResult {
  readonly requirement: Requirement
  readonly met: boolean | 'unknown'
  /** Why there is nothing to check, which counts as not met. */
  readonly why?: string
  readonly checks: readonly RequirementCheck[]
}

/** **Shape** `A,B=WANTED`. **Errors** `REQUIREMENT_INVALID`. */
export function parseRequirement(text: string): Requirement {
  const [, a = '', b = '', wanted = ''] = /^([^,=]+),([^,=]+)=(.*)$/.exec(text.trim()) ?? []
  const known = WANTED.find((word) => word === wanted.trim())
  if (a.trim() === '' || b.trim() === '' || known === undefined) throw requirementInvalid(text, WANTED)
  return { text: text.trim(), a: a.trim(), b: b.trim(), wanted: known }
}

/**
 * Every device of `a` with every one of `b`, both ways. A way counts if its provider has a memory BAR at all. A device that
 * is not there is a requirement that is not met: it may have dropped off its bus.
 */
export function checkRequirement(topology: Topology, requirement: Requirement): RequirementResult {
  const a = named(topology, requirement.a)
  const b = named(topology, requirement.b)
  if (typeof a === 'string') return { requirement, met: false, why: a, checks: [] }
  if (typeof b === 'string') return { requirement, met: false, why: b, checks: [] }
  const ways = new Map<string, readonly [PciFunction, PciFunction]>()
  for (const one of a) {
    for (const other of b) {
      if (one === other) continue
      for (const [provider, client] of [
        [one, other],
        [other, one],
      ] as const) {
        if (canProvide(provider)) ways.set(`${provider.bdf} ${client.bdf}`, [provider, client])
      }
    }
  }
  const checks = [...ways.values()].map(([provider, client]) => check(topology, provider, client, requirement.wanted))
  if (checks.length === 0) {
    const why =
      a.length === 1 && b.length === 1 && a[0] === b[0] ? 'both are one device' : 'none of them has a memory BAR'
    return { requirement, met: false, why, checks }
  }
  const met = checks.some((one) => one.met === false)
    ? false
    : checks.some((one) => one.met !== true)
      ? 'unknown'
      : true
  return { requirement, met, checks }
}

function check(topology: Topology, provider: PciFunction, client: PciFunction, wanted: Wanted): RequirementCheck {
  const verdict = p2pVerdict(topology, provider, client)
  const letter = answerLetter(verdict)
  return {
    provider: provider.bdf,
    client: client.bdf,
    found: ANSWER_NAMES[letter],
    met: meets(letter, wanted),
    rule: verdict.rule,
    reason: verdict.reason,
  }
}

function meets(letter: Letter, wanted: Wanted): boolean | 'unknown' {
  if (letter === '?') return 'unknown'
  if (letter === 'e') return wanted === 'any' ? true : wanted === 'none' ? false : 'unknown'
  return { B: ['bus-addr', 'any'], H: ['host-bridge', 'any'], x: ['none'] }[letter].includes(wanted)
}

/** The devices that a word means, or a sentence that there are none. */
function named(topology: Topology, word: string): readonly PciFunction[] | string {
  // A bridge may be named by its place, as in --pair.
  const bdf = parseBdf(word)
  const fn = bdf === undefined ? undefined : topology.find(bdf)
  if (fn !== undefined) return [fn]
  try {
    const isPlace = /[:.]/.test(word)
    return chooseDevices(topology, isPlace ? { devices: [word] } : { classes: [word] })
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    return error.message
  }
}
