/** One machine of many, in a line. */
import type { Topology } from '@barter/core'
import type { Letter } from '../report/answer.ts'
import { chooseDevices } from '../report/choose-devices.ts'
import { letterMatrix } from '../report/letters.ts'
import { canProvide } from '../report/pairs.ts'
import { checkRequirement, type Requirement } from '../report/requirement.ts'

/** How many ordered pairs of the devices that people pair have each answer. */
export type AnswerCounts = Readonly<Record<Letter, number>>

export interface MachineRow {
  readonly functions: number
  readonly hostBridges: number
  /** That people pair. */
  readonly devices: number
  readonly cpu: string | null
  readonly kernel: string | null
  readonly iommu: string | null
  /** Machines with the same name for their shape have the same answers. */
  readonly shape: string
  readonly answers: AnswerCounts
  /** Sentences on what the capture does not tell. */
  readonly unknown: number
  /** Of requirements, when there are any. */
  readonly met?: boolean | 'unknown'
}

/** **Units** ordered pairs whose provider has a memory BAR. */
export function countAnswers(topology: Topology): AnswerCounts {
  const devices = chooseDevices(topology, {})
  const letters = letterMatrix(topology, devices)
  const counts = { B: 0, H: 0, e: 0, x: 0, '?': 0 }
  for (const [a, provider] of devices.entries()) {
    if (!canProvide(provider)) continue
    for (let b = 0; b < devices.length; b++) if (a !== b) counts[letters.at(a, b)]++
  }
  return counts
}

/** **Shape** `answers`: of this shape, however they were come by. */
export function machineRow(
  topology: Topology,
  shape: string,
  answers: AnswerCounts,
  requirements: readonly Requirement[] = [],
): MachineRow {
  const { cpu, kernelRelease, iommu, functions, hostBridges, unknown } = topology
  const met = requirements.map((requirement) => checkRequirement(topology, requirement).met)
  return {
    functions: functions.length,
    hostBridges: hostBridges.length,
    devices: chooseDevices(topology, {}).length,
    cpu: cpu.name ?? cpu.vendor ?? cpu.arch ?? null,
    kernel: kernelRelease ?? null,
    iommu: iommu?.mode ?? null,
    shape,
    answers,
    unknown: unknown.length,
    ...(met.length === 0 ? {} : { met: met.includes(false) ? false : met.includes('unknown') ? 'unknown' : true }),
  }
}
