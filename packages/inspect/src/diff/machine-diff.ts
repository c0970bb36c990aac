/** Two captures of one machine, or of two that should be alike: what is not as it was, and whose verdict changed. */
import type { Cpu, PciFunction, Topology } from '@barter/core'
import { commandLineWords } from '../proc/command-line.ts'
import { className } from '../report/device-class.ts'
import { type Changed, functionChanges } from './function-changes.ts'
import { type GroupChange, groupChanges } from './group-changes.ts'
import { matchFunctions } from './match-functions.ts'
import { type VerdictChanges, verdictChanges } from './verdict-changes.ts'

export interface MachineDiff {
  readonly schema: 'barter.diff/1'
  /** CPU, kernel, IOMMU. */
  readonly machine: readonly Changed[]
  readonly bootOptions: { readonly added: readonly string[]; readonly removed: readonly string[] }
  readonly devices: {
    readonly added: readonly DeviceName[]
    readonly removed: readonly DeviceName[]
    /** Each with its name in the first capture. */
    readonly changed: readonly { readonly device: string; readonly changes: readonly Changed[] }[]
  }
  readonly groups: readonly GroupChange[]
  readonly verdicts: VerdictChanges
}

export interface DeviceName {
  readonly device: string
  readonly className: string
}

export interface DiffOptions {
  /** Compare the verdicts of all endpoints, not only of those that people pair. */
  readonly all?: boolean
}

/** **Shape** the same document for the same two machines; `MachineDiff` of a machine and itself is empty. */
export function diffMachines(before: Topology, after: Topology, { all = false }: DiffOptions = {}): MachineDiff {
  const { same, added, removed } = matchFunctions(before, after)
  const both = [before, after] as const
  return {
    schema: 'barter.diff/1',
    machine: MACHINE.flatMap(([what, fact]) => {
      const [a, b] = [fact(before), fact(after)]
      return a === b ? [] : [{ what, before: a, after: b }]
    }),
    bootOptions: optionChanges(before.commandLine ?? '', after.commandLine ?? ''),
    devices: {
      added: added.map(nameOf),
      removed: removed.map(nameOf),
      changed: same.flatMap((pair) => {
        const changes = functionChanges(both, pair)
        return changes.length === 0 ? [] : [{ device: pair[0].bdf, changes }]
      }),
    },
    groups: groupChanges(same),
    verdicts: verdictChanges(both, same, all),
  }
}

const MACHINE: readonly (readonly [what: string, (topology: Topology) => string | null])[] = [
  ['cpu', ({ cpu }) => cpuText(cpu)],
  ['kernel', ({ kernelRelease }) => kernelRelease ?? null],
  ['iommu', ({ iommu }) => (iommu === undefined ? null : `${iommu.mode}${iommu.strict === true ? ', strict' : ''}`)],
]

function cpuText({ arch, vendor, family, name }: Cpu): string | null {
  const known = [name, arch, vendor, family === undefined ? undefined : `family ${family}`]
  const words = known.filter((word) => word !== undefined)
  return words.length === 0 ? null : words.join(', ')
}

/** Words that stand in one line more often than in the other; their order is not compared. */
function optionChanges(before: string, after: string): MachineDiff['bootOptions'] {
  const was = commandLineWords(before)
  const is = commandLineWords(after)
  return { added: beyond(is, was), removed: beyond(was, is) }
}

function beyond(words: readonly string[], others: readonly string[]): readonly string[] {
  const left = [...others]
  return words.filter((word) => {
    const at = left.indexOf(word)
    if (at >= 0) left.splice(at, 1)
    return at < 0
  })
}

const nameOf = (fn: PciFunction): DeviceName => ({ device: fn.bdf, className: className(fn.classCode) })
