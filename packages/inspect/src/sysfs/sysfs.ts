/** A sysfs tree to a topology. */
import { type PciFunction, Topology } from '@barter/core'
import { captureNoDevices } from '../errors.ts'
import { CPU_UNKNOWN, parseCpuinfo } from '../proc/cpuinfo.ts'
import { type Iomem, parseIomem, systemRam } from '../proc/iomem.ts'
import { kernelArch, kernelRelease } from '../proc/kernel-release.ts'
import { type FileTree, readText } from '../tree/file-tree.ts'
import { joinPath } from '../tree/tree-path.ts'
import { assembleFunctions } from './assemble.ts'
import type { CaptureRoot } from './capture-root.ts'
import { functionFolders } from './function-folders.ts'
import { Gaps } from './gaps.ts'
import { hostBridgesOf } from './host-windows.ts'
import { readIommu } from './iommu.ts'

const IOMEM_BYTES = 1_048_576
const CPUINFO_BYTES = 65_536

/**
 * Read the PCI system of one machine. What the capture lacks is told in `Topology.unknown`.
 *
 * **Errors** `CAPTURE_NO_DEVICES`; `TOPOLOGY_BROKEN` for a tree that contradicts itself.
 */
export function readSysfs(tree: FileTree, root: CaptureRoot): Topology {
  const gaps = new Gaps()
  const folders = functionFolders(tree, root.sys)
  if (folders.length === 0) throw captureNoDevices(tree.name, 'its bus/pci/devices and devices/pci* are empty')
  if (folders.every(({ folder }) => folder === undefined)) {
    throw captureNoDevices(tree.name, 'it has the links of bus/pci/devices, but not the folders that they lead to')
  }
  const found = assembleFunctions(tree, folders, gaps)
  const commandLine = procText(tree, root, 'cmdline', CPUINFO_BYTES)
  const release = releaseText(tree, root)
  const iommu = readIommu(
    tree,
    root.sys,
    commandLine,
    found.some(({ iommuGroup }) => iommuGroup !== undefined),
    gaps,
  )
  const iomem = readIomem(tree, root, gaps)
  const functions = found.map((fn): PciFunction => {
    const group = fn.iommuGroup ?? iommu.groups.get(fn.bdf)
    return group === undefined ? fn : { ...fn, iommuGroup: group }
  })
  return new Topology({
    functions,
    hostBridges: hostBridgesOf(functions, iomem, gaps),
    cpu: readCpu(tree, root, release, gaps),
    memory: iomem === undefined ? [] : systemRam(iomem),
    ...(iommu.iommu !== undefined ? { iommu: iommu.iommu } : {}),
    ...optional('kernelRelease', release === undefined ? undefined : kernelRelease(release)),
    ...optional('commandLine', commandLine),
    unknown: gaps.sentences(functions.length),
  })
}

function readCpu(tree: FileTree, root: CaptureRoot, release: string | undefined, gaps: Gaps): Topology['cpu'] {
  const text = procText(tree, root, 'cpuinfo', CPUINFO_BYTES)
  const cpu = text === undefined ? CPU_UNKNOWN : parseCpuinfo(text)
  if (cpu.arch !== undefined) return cpu
  const arch = release === undefined ? undefined : kernelArch(release)
  if (arch === undefined || arch === 'x86_64') {
    const why =
      text === undefined ? 'the capture has no proc/cpuinfo' : 'proc/cpuinfo names no processor that is known here'
    gaps.machine(`${why}: whether the kernel trusts the root complex because of its CPU is unknown`)
  }
  return { ...cpu, arch }
}

function readIomem(tree: FileTree, root: CaptureRoot, gaps: Gaps): Iomem | undefined {
  const text = procText(tree, root, 'iomem', IOMEM_BYTES)
  if (text === undefined) {
    gaps.machine('the capture has no proc/iomem: RAM and the windows of host bridges are unknown')
    return undefined
  }
  const iomem = parseIomem(text)
  if (iomem.masked) gaps.machine('proc/iomem was read without root: RAM and the windows of host bridges are unknown')
  return iomem
}

/** The first text that names a kernel. */
function releaseText(tree: FileTree, root: CaptureRoot): string | undefined {
  const paths = [
    ...root.proc.flatMap((proc) => [joinPath(proc, 'version'), joinPath(proc, 'sys/kernel/osrelease')]),
    joinPath(root.sys, 'kernel/osrelease'),
    ...root.beside.flatMap((folder) => [joinPath(folder, 'uname'), joinPath(folder, 'uname.txt')]),
    ...root.proc.map((proc) => joinPath(proc, 'hwloc-nofile-info')),
  ]
  return paths
    .map((path) => readText(tree, path))
    .find((text) => text !== undefined && kernelRelease(text) !== undefined)
}

function procText(tree: FileTree, root: CaptureRoot, name: string, limit: number): string | undefined {
  const texts = root.proc.map((proc) => readText(tree, joinPath(proc, name), limit))
  return texts.find((text) => text !== undefined && text !== '')
}

function optional<K extends string>(key: K, value: string | undefined): { [k in K]?: string } {
  return value === undefined ? {} : ({ [key]: value } as { [k in K]?: string })
}
