/** A sysfs tree to what it tells of its machine. */
import type { Topology } from '@barter/core'
import { captureNoDevices } from '../errors.ts'
import { type MachineFacts, machineFacts } from '../machine/machine-facts.ts'
import { topologyOf } from '../machine/topology-of.ts'
import { CPU_UNKNOWN, parseCpuinfo } from '../proc/cpuinfo.ts'
import { parseIomem } from '../proc/iomem.ts'
import { kernelRelease } from '../proc/kernel-release.ts'
import { type FileTree, readText } from '../tree/file-tree.ts'
import { joinPath } from '../tree/tree-path.ts'
import type { CaptureRoot } from './capture-root.ts'
import { readFunctionFiles } from './function-files.ts'
import { functionFolders } from './function-folders.ts'
import { readIommu } from './iommu.ts'

const IOMEM_BYTES = 1_048_576
const CPUINFO_BYTES = 65_536

/**
 * Read the PCI system of one machine. What the capture lacks is told in `Topology.unknown`.
 *
 * **Errors** `CAPTURE_NO_DEVICES`; `TOPOLOGY_BROKEN` for a tree that contradicts itself.
 */
export function readSysfs(tree: FileTree, root: CaptureRoot): Topology {
  return topologyOf(sysfsFacts(tree, root))
}

/** The same before anything is concluded. **Errors** `CAPTURE_NO_DEVICES` */
export function sysfsFacts(tree: FileTree, root: CaptureRoot): MachineFacts {
  const folders = functionFolders(tree, root.sys)
  if (folders.length === 0) throw captureNoDevices(tree.name, 'its bus/pci/devices and devices/pci* are empty')
  if (folders.every(({ folder }) => folder === undefined)) {
    throw captureNoDevices(tree.name, 'it has the links of bus/pci/devices, but not the folders that they lead to')
  }
  const functions = folders.map((folder) => readFunctionFiles(tree, folder))
  const commandLine = procText(tree, root, 'cmdline', CPUINFO_BYTES)
  const grouped = functions.some(({ iommuGroup }) => iommuGroup !== undefined)
  const { iommu, groups, lacks, gaps } = readIommu(tree, root.sys, commandLine, grouped)
  const cpuinfo = procText(tree, root, 'cpuinfo', CPUINFO_BYTES)
  const cpu = cpuinfo === undefined ? CPU_UNKNOWN : parseCpuinfo(cpuinfo)
  const iomem = procText(tree, root, 'iomem', IOMEM_BYTES)
  return machineFacts(tree.name, 'sysfs', {
    functions,
    complete: functions.every(({ place }) => place !== undefined),
    cpu,
    iomem: iomem === undefined ? undefined : parseIomem(iomem),
    release: releaseText(tree, root),
    commandLine,
    iommu,
    groups,
    lacks: {
      cpu:
        cpuinfo === undefined
          ? 'the capture has no proc/cpuinfo'
          : 'proc/cpuinfo names no processor that is known here',
      ...(lacks === undefined ? {} : { iommu: lacks }),
    },
    gaps,
  })
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
