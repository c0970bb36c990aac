/** `barter demo`: a real machine's fabric, one story on it over two routes, and what differed. */
import { join } from 'node:path'
import { inspectTopology, matrixDevices } from '@barter/inspect'
import { explorableOf, type Exploration } from '@barter/explore'
import { examplesFolder } from '../examples/examples-folder.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { exploreWatched } from '../explore/explore-watched.ts'
import { withProgress } from '../progress.ts'
import { renderExploration } from '../render/exploration.ts'
import { renderComparison, type Ran } from '../render/comparison.ts'
import { machineSummary } from '../render/machine-summary.ts'
import { renderLegend, renderMatrix } from '../render/matrix.ts'
import { renderStory, type RunView } from '../render/run-report.ts'
import { wrapAfter } from '../render/wrap.ts'
import { loadScenario } from '../scenario/load.ts'
import type { Terminal } from '../terminal.ts'

export interface DemoOptions {
  readonly verbose?: boolean
}

const ROUTES = [
  {
    name: 'through the host bridge',
    file: 'reset-while-writing.yaml',
    about: 'nvme is 03:00.0; nic stands for a NIC at 04:00.0. Times are microseconds.',
  },
  {
    name: 'inside the switch',
    file: 'reset-while-writing-switch.yaml',
    about: 'ACS redirect is cleared on the two ports in between.',
  },
] as const

const SECOND =
  'With ACS redirect cleared on the two ports in between, packets cross the switch and no IOMMU sees them: only the revoke stands between the NIC and a device that is dark.'

const EXPLORED =
  'A run is one order of events. In this story a close comes while a NIC registers the buffer and writes; all orders are tried.'

const OLD_WAY =
  'The same question to the old way: a container of type1 that took frame numbers out of a CPU mapping, and a reset.'

const MORE = `More: npx barter run --list
      npx barter explore close-while-writing --preemptions 2
      npx barter inspect --help`

/** **Errors** `UsageError` `EXAMPLES_MISSING`. */
export async function demoCommand(options: DemoOptions, terminal: Terminal): Promise<ExitCode> {
  const { style, columns } = terminal
  const folder = join(examplesFolder(), 'scenarios')
  const runs: Ran[] = []
  for (const { name, file } of ROUTES) {
    runs.push({
      name,
      ...(await withProgress(terminal, `running ${file}`, () => run(join(folder, file), terminal.cwd))),
    })
  }
  const [first] = runs
  if (first === undefined) return EXIT.bug
  const view: RunView = { columns, style, detail: options.verbose === true ? 'verbose' : 'brief' }
  terminal.out(`${machinePart(first, terminal)}\n`)
  const told = options.verbose === true ? runs : [first]
  for (const [i, { name, report, loaded }] of told.entries()) {
    terminal.out(`\n${style.strong(`${i + 2}. A reset while a NIC writes, ${name}`)}\n`)
    terminal.out(`${wrapAfter('', ROUTES[i]?.about ?? '', columns)}\n${renderStory(report, loaded, view)}\n`)
  }
  terminal.out(`\n${style.strong(`${told.length + 2}. The same story over the two routes`)}\n`)
  terminal.out(`${wrapAfter('', SECOND, columns)}\n\n${renderComparison(runs, columns, style)}\n`)
  const explored = await explorePart(told.length + 3, terminal)
  terminal.out(`\n${MORE}\n`)
  return explored && runs.every(({ report }) => report.verdict === 'pass') ? EXIT.ok : EXIT.problem
}

/** Every order of events of a short story; then the old way, and what is found in it. **Shape** gives whether all is as it should be. */
async function explorePart(number: number, terminal: Terminal): Promise<boolean> {
  const { style, columns } = terminal
  terminal.out(`\n${style.strong(`${number}. Every order of events`)}\n${wrapAfter('', EXPLORED, columns)}\n\n`)
  const good = await exploreExample('close-while-writing', terminal)
  terminal.out(`\n${style.strong(`${number + 1}. The old way`)}\n${wrapAfter('', OLD_WAY, columns)}\n\n`)
  const old = await exploreExample('type1-in-reset', terminal)
  return good.coverage === 'complete' && good.violations.length === 0 && old.violations.length > 0
}

async function exploreExample(name: string, terminal: Terminal): Promise<Exploration> {
  const loaded = await loadScenario(name, { cwd: terminal.cwd })
  try {
    const started = terminal.now()
    const subject = explorableOf(loaded.system, loaded.scenario)
    const { result } = await exploreWatched(name, subject, { strategy: 'states', stopAtFirst: true }, terminal)
    const seconds = (terminal.now() - started) / 1000
    terminal.out(renderExploration(result, loaded, { ...terminal, seconds, path: name }))
    return result
  } finally {
    await loaded.system.close()
  }
}

async function run(path: string, cwd: string): Promise<Omit<Ran, 'name'>> {
  const loaded = await loadScenario(path, { cwd })
  try {
    return { loaded, report: await loaded.system.machine('sim').run(loaded.scenario, { seed: 1 }) }
  } finally {
    await loaded.system.close()
  }
}

function machinePart({ loaded }: Ran, { columns, style }: Terminal): string {
  const { topology } = loaded.system
  const inspection = inspectTopology(topology)
  const matrix = renderMatrix(topology, matrixDevices(topology, 'interesting'), inspection, { columns, style })
  return [
    style.strong('1. The machine: a capture of /sys, and how each pair of its devices may talk'),
    machineSummary(topology, inspection, columns),
    '',
    matrix.text,
    renderLegend(matrix, style),
  ].join('\n')
}
