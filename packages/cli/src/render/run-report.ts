/** A run as people read it: what it is about, who takes part, the story, the verdict. */
import type { Report } from '@barter/core'
import { formatLength, isMemoryBar, type System } from '@barter/core'
import type { LoadedScenario } from '../scenario/load.ts'
import { aliases } from './aliases.ts'
import type { Detail } from './moment.ts'
import type { Style } from './style.ts'
import { renderTimeline } from './timeline.ts'
import { renderPass, renderVerdict } from './verdict.ts'
import { wrapAfter } from './wrap.ts'

const USUAL_PAGE_SIZE = 4096

export interface RunView {
  readonly columns: number
  readonly style: Style
  readonly detail: Detail
}

export function renderRun(report: Report, loaded: LoadedScenario, view: RunView): string {
  return `${view.style.strong(report.title)}\n${renderCast(loaded, view.columns)}\n\n${renderStory(report, loaded, view)}\n`
}

/** The timeline and the verdict; a brief one is a line, unless something is wrong. */
export function renderStory(report: Report, loaded: LoadedScenario, view: RunView): string {
  const { detail, columns, style } = view
  const names = detail === 'verbose' ? undefined : aliases(report, loaded.scenario)
  const inOneLine = detail === 'brief' && report.verdict === 'pass'
  const verdict = inOneLine ? renderPass(report, style) : `\n${renderVerdict(report, columns, style, names)}`
  return `${renderTimeline(report, names === undefined ? view : { ...view, names })}\n${verdict}`
}

/** The machine, the plugins and the devices with their drivers. */
function renderCast({ scenario, system, machine }: LoadedScenario, columns: number): string {
  const { iommu, generation, pageSize, switches } = system.facts
  const pages = pageSize === USUAL_PAGE_SIZE ? '' : `, pages of ${formatLength(pageSize)}`
  const defects = switches.size === 0 ? '' : ` with ${[...switches].join(', ')}`
  const place = `${machine}: ${system.topology.functions.length} PCI functions, IOMMU ${iommu.mode}, kernel ${generation}${defects}${pages}`
  const names = Object.keys(scenario.devices)
  const width = Math.max(7, ...names.map((name) => name.length))
  return [
    wrapAfter(`  ${'machine'.padEnd(width)}  `, place, columns),
    ...Object.entries(scenario.devices).map(([name, { at, driver }]) =>
      wrapAfter(`  ${name.padEnd(width)}  `, [at, driver ?? 'no driver', barsOf(system, at)].join(', '), columns),
    ),
  ].join('\n')
}

function barsOf(system: System, at: string): string {
  const bars = system.topology.functions.find(({ bdf }) => bdf === at)?.bars.filter(isMemoryBar) ?? []
  if (bars.length === 0) return 'no memory BAR'
  return bars
    .map(({ index, length }) => `BAR ${index}${length === undefined ? '' : ` ${formatLength(length)}`}`)
    .join(', ')
}
