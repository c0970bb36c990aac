/** What is known of a machine to a topology, with sentences on what is not. */
import { type HostBridge, type PciFunction, Topology } from '@barter/core'
import { CPU_UNKNOWN } from '../proc/cpuinfo.ts'
import { systemRam } from '../proc/iomem.ts'
import { kernelArch, kernelRelease } from '../proc/kernel-release.ts'
import { assembleFunctions, withToldAcs } from './assemble.ts'
import { Gaps } from './gaps.ts'
import { hostBridgesOf } from './host-windows.ts'
import type { MachineFacts } from './machine-facts.ts'

/** **Errors** `TOPOLOGY_BROKEN` for facts that contradict themselves. */
export function topologyOf(facts: MachineFacts): Topology {
  const gaps = new Gaps()
  const { functions: found, guessed } = assembleFunctions(
    withToldAcs(facts.functions, facts.everyAcs),
    facts.complete,
    gaps,
  )
  const functions = found.map((fn): PciFunction => {
    const group = fn.iommuGroup ?? facts.groups.get(fn.bdf)
    return group === undefined ? fn : { ...fn, iommuGroup: group }
  })
  const cpu = cpuOf(facts, gaps)
  const { iomem, iommu, release, commandLine } = facts
  if (iommu === undefined) gaps.machine(facts.lacks.iommu ?? 'whether an IOMMU is in use is unknown')
  if (iomem === undefined) {
    gaps.machine(facts.lacks.iomem ?? 'the capture has no proc/iomem: RAM and the windows of host bridges are unknown')
  } else if (iomem.masked) {
    gaps.machine('proc/iomem was read without root: RAM and the windows of host bridges are unknown')
  }
  for (const gap of facts.gaps) gaps.machine(gap)
  return new Topology({
    functions,
    hostBridges: hostBridgesOf(functions, iomem, gaps).map((bridge): HostBridge => {
      if (facts.guessed || guessed.has(bridge.id)) return { ...bridge, guessed: true }
      // The first function of a bus is the first for certain if it is function 0 of device 0.
      const first = functions.some(({ parent, bdf }) => parent === null && bdf === `${bridge.id}:00.0`)
      return facts.complete || first ? bridge : { ...bridge, firstHidden: true }
    }),
    cpu,
    memory: iomem === undefined ? [] : systemRam(iomem),
    ...(iommu !== undefined ? { iommu } : {}),
    ...optional('kernelRelease', release === undefined ? undefined : kernelRelease(release)),
    ...optional('commandLine', commandLine),
    unknown: gaps.sentences(functions.length),
  })
}

function cpuOf({ cpu, release, lacks }: MachineFacts, gaps: Gaps): Topology['cpu'] {
  if (cpu?.arch !== undefined || cpu?.vendor !== undefined) return cpu
  const arch = release === undefined ? undefined : kernelArch(release)
  if (arch === undefined || arch === 'x86_64') {
    const why = lacks.cpu ?? 'the capture does not tell the CPU'
    gaps.machine(`${why}: whether the kernel trusts the root complex because of its CPU is unknown`)
  }
  return { ...(cpu ?? CPU_UNKNOWN), arch }
}

function optional<K extends string>(key: K, value: string | undefined): { [k in K]?: string } {
  return value === undefined ? {} : ({ [key]: value } as { [k in K]?: string })
}
