/** Differences of two captures as text: the verdicts first, then what may have caused them. */
import type { MachineDiff } from '@barter/inspect'
import { shortBdf } from './device-label.ts'
import { plural } from './machine-summary.ts'
import type { Style } from './style.ts'
import { wrapAfter } from './wrap.ts'

type Verdict = MachineDiff['verdicts']['changed'][number]
type Part = readonly [title: string, lines: readonly string[]]

/** Lines of a part at most; the JSON has them all. */
const MOST_LINES = 16

export function renderDiff(
  diff: MachineDiff,
  names: { readonly before: string; readonly after: string },
  columns: number,
  style: Style,
): string {
  const { verdicts, devices, groups, machine, bootOptions } = diff
  const parts: readonly Part[] = [
    [
      'machine',
      machine.map(({ what, before, after }) => `${what}: ${before ?? 'not known'} -> ${after ?? 'not known'}`),
    ],
    [
      'boot options',
      [...bootOptions.removed.map((word) => `- ${word}`), ...bootOptions.added.map((word) => `+ ${word}`)],
    ],
    [
      'devices',
      [
        ...devices.removed.map(({ device, className }) => `- ${shortBdf(device)}  ${className}`),
        ...devices.added.map(({ device, className }) => `+ ${shortBdf(device)}  ${className}`),
        ...devices.changed.flatMap(({ device, changes }) =>
          changes.map(({ what, before, after }) => `${shortBdf(device)}  ${what}: ${said(before)} -> ${said(after)}`),
        ),
      ],
    ],
    ['IOMMU groups', groupLines(groups)],
  ]
  const told = parts.filter(([, lines]) => lines.length > 0)
  return `${[
    wrapAfter('', `${names.before} -> ${names.after}`, columns),
    '',
    ...verdictLines(verdicts, columns, style),
    ...told.flatMap(([title, lines]) => ['', style.strong(title), ...shortened(lines, columns)]),
    ...(told.length === 0 ? ['Nothing else differs.'] : []),
  ].join('\n')}\n`
}

function verdictLines({ looked, changed }: MachineDiff['verdicts'], columns: number, style: Style): string[] {
  if (changed.length === 0) return [style.good(`The verdicts of all ${plural(looked, 'ordered pair')} are the same.`)]
  const open = changed.filter((one) => one.open === true).length
  const head = `${plural(changed.length, 'verdict')} of ${looked} ${changed.length === 1 ? 'differs' : 'differ'}`
  const rest = open === 0 ? ':' : `; ${open} of them only in what is known:`
  return [
    style.warn(wrapAfter('', `${head}${rest}`, columns)),
    ...shortened(bothWays(changed).map(verdictText), columns),
  ]
}

interface Way {
  readonly change: Verdict
  /** The other way has changed alike. */
  readonly both: boolean
}

function bothWays(changed: readonly Verdict[]): readonly Way[] {
  const byNames = new Map(changed.map((one) => [`${one.provider} ${one.client}`, one]))
  return changed.flatMap((change): Way[] => {
    const back = byNames.get(`${change.client} ${change.provider}`)
    const both = back?.before === change.before && back.after === change.after
    return both && change.provider > change.client ? [] : [{ change, both }]
  })
}

function verdictText({ change, both }: Way): string {
  const { provider, client, before, after, open } = change
  const way = both
    ? `${shortBdf(provider)} <-> ${shortBdf(client)}`
    : `${shortBdf(client)} to a BAR of ${shortBdf(provider)}`
  return `${way}  ${before} -> ${after}${open === true ? ' (may be the same)' : ''}`
}

function shortened(lines: readonly string[], columns: number): string[] {
  const more = lines.length - MOST_LINES
  return [
    // A word is whole, with its sign before it.
    ...lines.slice(0, MOST_LINES).map((line) => {
      const [sign = ''] = /^[-+] /.exec(line) ?? []
      return wrapAfter(`  ${sign}`, line.slice(sign.length), columns)
    }),
    ...(more > 0 ? [`  and ${more} more; --json has them all`] : []),
  ]
}

const said = (text: string | null): string => (text === null || text === '' ? 'none' : text)

/** A line for each group of the second capture that has other members. */
function groupLines(groups: MachineDiff['groups']): readonly string[] {
  const byCompany = new Map<string, MachineDiff['groups'][number][]>()
  for (const change of groups) {
    const company = change.after === null ? 'not told' : [change.device, ...change.after].toSorted().join(' ')
    byCompany.set(company, [...(byCompany.get(company) ?? []), change])
  }
  return [...byCompany.values()].flatMap((changes) => {
    const [first] = changes
    if (first === undefined) return []
    const devices = named(changes.map(({ device }) => device))
    if (first.after === null) return [`${devices}: the group is not told any more`]
    const were = new Set(
      changes.map(({ device, before }) => (before === null ? '' : [device, ...before].toSorted().join(' '))),
    )
    if (were.has('')) return [`${devices}: ${first.after.length === 0 ? 'alone' : 'one group'}; was not told`]
    if (first.after.length === 0) return [`${devices}: alone, was with ${named(first.before ?? [])}`]
    return [
      `${devices}: ${changes.length > 1 ? 'in one group' : `with ${named(first.after)}`}, ${changes.length > 1 ? 'were in' : 'was in'} ${plural(were.size, 'group')}`,
    ]
  })
}

/** Names of a whole group would fill the screen. */
function named(devices: readonly string[]): string {
  if (devices.length === 0) return 'nobody'
  const some = devices.slice(0, 4).map(shortBdf).join(', ')
  return devices.length > 4 ? `${some} and ${devices.length - 4} more` : some
}
