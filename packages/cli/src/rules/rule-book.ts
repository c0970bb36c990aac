/** The rules that Barter goes by, as data: packed with the command, or read from the repository that it runs in. */
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { rulesMissing } from '../errors.ts'

export interface RuleEntry {
  readonly id: string
  /** One sentence. */
  readonly says: string
  readonly section: string
  readonly sectionTitle: string
  /** Where the statement comes from, as a phrase. */
  readonly from: string
  readonly fromInPart?: string
  /** Symbols of the kernel. */
  readonly kernel: readonly string[]
  readonly aliases: readonly string[]
  readonly restsOn: readonly string[]
  /** What recordings of a real kernel say of it. */
  readonly recorded?: string
  readonly state: 'modelled' | 'partly' | 'not yet' | 'not'
  /** Why it is not modelled, or not wholly. */
  readonly why?: string
  /** Files that name it, by their paths in the repository. */
  readonly code: readonly string[]
  readonly tests: readonly string[]
}

export interface RuleBook {
  readonly schema: 'barter.rules/1'
  readonly rules: readonly RuleEntry[]
}

const PACKED = fileURLToPath(new URL('../../rules.json', import.meta.url))
const REPOSITORY = new URL('../../../../', import.meta.url)

/** In a clone the rules are read as they stand, so they are never stale. **Errors** `RULES_MISSING`. */
export async function readRuleBook(): Promise<RuleBook> {
  if (existsSync(PACKED)) return JSON.parse(readFileSync(PACKED, 'utf8')) as RuleBook
  const script = new URL('scripts/rules/book.js', REPOSITORY)
  if (!existsSync(script)) throw rulesMissing()
  const { ruleBook } = (await import(script.href)) as { readonly ruleBook: (root: string) => RuleBook }
  return ruleBook(fileURLToPath(REPOSITORY))
}
