/** `barter parity`: replays recordings of a real kernel on the simulator, and compares step by step. */
import type { FactsChange, Machine, Topology } from '@barter/core'
import { parityReport, renderParity, type Replayed, replayRecording } from '@barter/parity'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { composeSystem } from '../plugins/compose-system.ts'
import { withProgress } from '../progress.ts'
import { findRecordings } from '../recording-files.ts'
import type { Terminal } from '../terminal.ts'

export interface ParityCommandOptions {
  readonly json?: boolean
}

/** Drivers of the recorded machines: one lends, one attaches on behalf of any function, one is the older way, one the newer. */
const DRIVERS = ['vfio-pci', 'probe', 'type1', 'iommufd']
/** Also for machines without: then it is what says that there is none. */
const IOMMU = { name: 'platform-iommu', options: {} }

/** **Errors** `UsageError` of the paths and the recordings. */
export async function parityCommand(
  paths: readonly string[],
  options: ParityCommandOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const found = paths.flatMap((path) => findRecordings(path, terminal.cwd))
  const replayed: Replayed[] = []
  for (const { file, recording } of found) {
    const verdicts = await withProgress(terminal, `replaying ${file}`, () => replayRecording(recording, simulator))
    replayed.push({ file, recording, verdicts })
  }
  const report = parityReport(replayed)
  terminal.out(options.json === true ? `${JSON.stringify(report, null, 2)}\n` : renderParity(report, terminal.columns))
  return report.differences.length === 0 ? EXIT.ok : EXIT.problem
}

async function simulator(topology: Topology, facts: FactsChange): Promise<Machine> {
  const system = await composeSystem({ topology, facts, plugins: [IOMMU], drivers: DRIVERS, folders: [] })
  return system.machine('sim')
}
