/** A rule for people: what it says, where it comes from, how far the model has it, and where that can be seen. */
import type { RuleEntry } from '../rules/rule-book.ts'
import type { Style } from './style.ts'
import { clip, wrapAfter } from './wrap.ts'

const STATES: Readonly<Record<RuleEntry['state'], string>> = {
  modelled: 'modelled: code names it, and so does a test',
  partly: 'modelled in part',
  'not yet': 'not modelled yet',
  not: 'not modelled',
}

/** Files named at most; the JSON has them all. */
const MOST_FILES = 6

export function renderRule(rule: RuleEntry, columns: number, style: Style): string {
  const { id, says, section, sectionTitle, kernel, aliases, restsOn, recorded, state, why, code, tests } = rule
  const from = rule.fromInPart === undefined ? rule.from : `${rule.from}; in part ${rule.fromInPart}`
  const known = aliases.length === 0 ? '' : `, also ${aliases.join(', ')}`
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['part', `${section} ${sectionTitle}`],
    ['from', from],
    ['kernel', kernel.length === 0 ? undefined : kernel.join(', ')],
    ['rests on', restsOn.length === 0 ? undefined : restsOn.join(', ')],
    ['recorded', recorded],
    ['state', why === undefined ? STATES[state] : `${STATES[state].split(':')[0] ?? ''}: ${why}`],
  ]
  return [
    `${style.strong(id)}${known}`,
    wrapAfter('  ', says, columns),
    '',
    ...rows.flatMap(([name, text]) => (text === undefined ? [] : [wrapAfter(`  ${name.padEnd(10)}`, text, columns)])),
    ...files('code', code),
    ...files('tests', tests),
  ].join('\n')
}

export function renderFamily(rules: readonly RuleEntry[], columns: number, style: Style): string {
  const width = Math.max(...rules.map(({ id }) => id.length))
  return rules
    .map(({ id, says, state }) => {
      const line = clip(says, columns - width - 4)
      return `  ${style.strong(id.padEnd(width))}  ${state === 'modelled' ? line : style.faint(line)}`
    })
    .join('\n')
}

function files(name: string, paths: readonly string[]): string[] {
  const shown = paths.slice(0, MOST_FILES)
  const more = paths.length > MOST_FILES ? [`and ${paths.length - MOST_FILES} more; --json has them all`] : []
  return [...shown, ...more].map((path, i) => `  ${(i === 0 ? name : '').padEnd(10)}${path}`)
}
