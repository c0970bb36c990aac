/** `barter explain`: a rule in plain words, where it comes from, and how far the model has it. */
import { EXIT, type ExitCode } from '../exit-code.ts'
import { renderFamily, renderRule } from '../render/rule.ts'
import { findRules } from '../rules/find-rules.ts'
import { readRuleBook } from '../rules/rule-book.ts'
import type { Terminal } from '../terminal.ts'

export interface ExplainOptions {
  readonly json?: boolean
}

/** **Errors** `RULE_UNKNOWN`, `RULES_MISSING`. */
export async function explainCommand(
  words: readonly string[],
  options: ExplainOptions,
  { out, columns, style }: Terminal,
): Promise<ExitCode> {
  const book = await readRuleBook()
  const found = words.map((word) => findRules(book, word))
  if (options.json === true) {
    const rules = found.flatMap((one) => (one.kind === 'rule' ? [one.rule] : one.rules))
    out(`${JSON.stringify({ schema: book.schema, rules }, null, 2)}\n`)
  } else {
    const texts = found.map((one) =>
      one.kind === 'rule' ? renderRule(one.rule, columns, style) : renderFamily(one.rules, columns, style),
    )
    out(`${texts.join('\n\n')}\n`)
  }
  return EXIT.ok
}
