/** A report for a person: counts, what was not compared and why, and each difference side by side. */
import type { Json, JsonObject } from './recording.ts'
import type { Difference, ParityReport } from './report.ts'

/** **Units** `columns`: width of the terminal. */
export function renderParity(report: ParityReport, columns: number): string {
  const { files, steps, compared, agreed, differences, notComparable } = report
  const left = notComparable.reduce((sum, { count }) => sum + count, 0)
  const differ = differences.length === 0 ? 'none differs' : `${differences.length} differ`
  const counts = `${compared} compared, ${agreed} agree, ${differ}; ${left} not comparable`
  const lines = [...wrapped(`${counted(files, 'recording')}, ${counted(steps, 'step')}: ${counts}`, columns)]
  for (const { op, reason, count } of notComparable) lines.push(...indented(`${count} ${op}: ${reason}`, columns))
  for (const difference of differences) lines.push('', ...sideBySide(difference, columns))
  return `${lines.join('\n')}\n`
}

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`

function indented(text: string, columns: number): readonly string[] {
  return wrapped(text, Math.max(20, columns - 4)).map((line, i) => `  ${i === 0 ? '' : '  '}${line}`)
}

function sideBySide({ file, step, op, rule, expected, got }: Difference, columns: number): readonly string[] {
  const keys = [...new Set([...Object.keys(expected), ...Object.keys(got)])]
  const nameWidth = Math.max(...keys.map((key) => key.length), 'field'.length)
  const width = Math.max(12, Math.floor((columns - nameWidth - 6) / 2))
  const row = (key: string, left: string, right: string): readonly string[] => {
    const [a, b] = [wrapped(left, width), wrapped(right, width)]
    return Array.from({ length: Math.max(a.length, b.length) }, (_, i) =>
      `  ${(i === 0 ? key : '').padEnd(nameWidth)}  ${(a[i] ?? '').padEnd(width)}  ${b[i] ?? ''}`.trimEnd(),
    )
  }
  return [
    `${file}, step ${step}, ${op} (${rule})`,
    ...row('', 'the kernel', 'the model'),
    ...keys.flatMap((key) => row(key, shown(expected, key), shown(got, key))),
  ]
}

const shown = (saw: JsonObject, key: string): string => (Object.hasOwn(saw, key) ? plain(saw[key] ?? null) : '-')

/** JSON with a little air, so that long lists can be broken. */
function plain(value: Json): string {
  if (typeof value === 'string') return value
  if (Array.isArray(value)) return `[${value.map((one: Json) => plain(one)).join(', ')}]`
  if (typeof value !== 'object' || value === null) return String(value)
  return `{ ${Object.entries(value)
    .map(([key, one]) => `${key}: ${plain(one)}`)
    .join(', ')} }`
}

/** At spaces where there are any. */
function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = ''
    }
    line = line === '' ? word : `${line} ${word}`
    for (; line.length > width; line = line.slice(width)) lines.push(line.slice(0, width))
  }
  return [...lines, line]
}
