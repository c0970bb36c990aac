/** Requirements as text: each with its verdict, and the pairs that do not keep it. */
import type { RequirementCheck, RequirementResult } from '@barter/inspect'
import { shortBdf } from './device-label.ts'
import type { Style } from './style.ts'
import { wrapAfter } from './wrap.ts'

/** Reasons that are written out under a requirement. */
const MOST_REASONS = 5

export function renderRequirements(results: readonly RequirementResult[], columns: number, style: Style): string {
  return `${results.map((result) => lines(result, columns, style).join('\n')).join('\n')}\n`
}

function lines({ requirement, met, why, checks }: RequirementResult, columns: number, style: Style): string[] {
  const word = met === true ? style.good('met    ') : met === false ? style.bad('NOT MET') : style.warn('unknown')
  const kept = checks.filter((check) => check.met === true).length
  const count = why ?? `${kept} of ${checks.length} ways`
  const reasons = byReason(checks.filter((check) => check.met !== true))
  const more = reasons.length - MOST_REASONS
  return [
    `${word}  ${wrapAfter(INDENT, `${requirement.text}: ${count}`, columns).trimStart()}`,
    ...reasons.slice(0, MOST_REASONS).map((alike) => wrapAfter(INDENT, reasonText(alike), columns)),
    ...(more > 0 ? [`${INDENT}and ${more} more reasons; --json has them all`] : []),
  ]
}

const INDENT = ' '.repeat(9)

/** Many pairs of a big machine fail for one reason. */
function byReason(checks: readonly RequirementCheck[]): readonly (readonly RequirementCheck[])[] {
  const groups = new Map<string, RequirementCheck[]>()
  for (const check of checks) groups.set(check.reason, [...(groups.get(check.reason) ?? []), check])
  return [...groups.values()]
}

function reasonText(alike: readonly RequirementCheck[]): string {
  const [first] = alike
  if (first === undefined) return ''
  const way = `${shortBdf(first.client)} to a BAR of ${shortBdf(first.provider)}`
  const others = alike.length === 1 ? '' : ` (and ${alike.length - 1} more)`
  return `${way}${others}: ${first.found} (${first.rule}); ${first.reason}`
}
