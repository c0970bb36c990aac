/** Which rules a word of the command line means. */
import { ruleUnknown } from '../errors.ts'
import type { RuleBook, RuleEntry } from './rule-book.ts'

export type FoundRules =
  | { readonly kind: 'rule'; readonly rule: RuleEntry }
  | { readonly kind: 'family'; readonly name: string; readonly rules: readonly RuleEntry[] }

/**
 * **Shape** `word`: an id, an alias, or a family as in `P2P`; in any case. **Errors** `RULE_UNKNOWN`, with those that are near.
 */
export function findRules(book: RuleBook, word: string): FoundRules {
  const wanted = word.trim().toUpperCase()
  // A letter at the end of an id is small.
  const rule = book.rules.find(
    ({ id, aliases }) => id.toUpperCase() === wanted || aliases.some((alias) => alias.toUpperCase() === wanted),
  )
  if (rule !== undefined) return { kind: 'rule', rule }
  const rules = book.rules.filter(({ id }) => familyOf(id) === wanted)
  if (rules.length > 0) return { kind: 'family', name: wanted, rules }
  throw ruleUnknown(word, near(book, wanted), families(book))
}

const familyOf = (id: string): string => id.split('-')[0] ?? id

const families = (book: RuleBook): readonly string[] => [...new Set(book.rules.map(({ id }) => familyOf(id)))]

const MOST_NEAR = 4

/** Ids of the same family by how near their number is; none when there is no such family. */
function near(book: RuleBook, wanted: string): readonly string[] {
  const number = numberOf(wanted)
  const same = book.rules.map(({ id }) => id).filter((id) => familyOf(id) === familyOf(wanted))
  const byDistance = [...same].sort((a, b) => Math.abs(numberOf(a) - number) - Math.abs(numberOf(b) - number))
  return byDistance.slice(0, MOST_NEAR)
}

const numberOf = (id: string): number => Number(/-(\d+)/.exec(id)?.[1] ?? 0)
