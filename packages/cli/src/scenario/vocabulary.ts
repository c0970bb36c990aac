/** Names and fixed phrases of scenario files. */
import type { Expectation, JsonSchema } from '@barter/core'

export const NAME: JsonSchema = {
  type: 'string',
  pattern: '^[A-Za-z][A-Za-z0-9_.-]{0,40}$',
  description: 'a name: a letter, then letters, digits, dots and dashes',
}

export const EXPECTATION_WORDS =
  /^(?:no violation(?: of (INV-\d{1,2}))?|violation of (INV-\d{1,2})|(everybody finishes)|(steps in the usual order only)|(\S+) blocks)$/

/** `undefined` when the words are none of these. */
export function parseExpectation(words: string): Expectation | undefined {
  const match = EXPECTATION_WORDS.exec(words)
  if (match === null) return undefined
  const [, spared, wanted, everybody, usual, actor] = match
  if (wanted !== undefined) return { kind: 'violation', invariant: wanted }
  if (everybody !== undefined) return { kind: 'all-finish' }
  if (usual !== undefined) return { kind: 'usual-order' }
  if (actor !== undefined) return { kind: 'blocks', actor }
  return spared === undefined ? { kind: 'no-violation' } : { kind: 'no-violation', invariant: spared }
}

export function formatExpectation(expectation: Expectation): string {
  switch (expectation.kind) {
    case 'no-violation':
      return expectation.invariant === undefined ? 'no violation' : `no violation of ${expectation.invariant}`
    case 'violation':
      return `violation of ${expectation.invariant}`
    case 'all-finish':
      return 'everybody finishes'
    case 'usual-order':
      return 'steps in the usual order only'
    case 'blocks':
      return `${expectation.actor} blocks`
  }
}

/** What must hold when a scenario does not say. */
export const USUAL_EXPECTATIONS: readonly Expectation[] = [{ kind: 'no-violation' }, { kind: 'all-finish' }]
