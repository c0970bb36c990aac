/** Which entries of an archive are worth their memory, and how much of each. The rest streams by. */
import { KiB, MiB, parseBdf } from '@barter/core'

/** Files of one PCI function. **Units** bytes kept. */
const FUNCTION_FILES: ReadonlyMap<string, number> = new Map([
  ['class', 64],
  ['config', 4 * KiB],
  ['device', 64],
  ['dma_mask_bits', 64],
  ['driver', 0],
  ['iommu_group', 0],
  ['numa_node', 64],
  ['physfn', 0],
  ['removable', 64],
  ['reset_method', 256],
  ['resource', 8 * KiB],
  ['secondary_bus_number', 64],
  ['subordinate_bus_number', 64],
  ['uevent', 4 * KiB],
  ['vendor', 64],
])

/** Files of procfs. */
const PROC_FILES: ReadonlyMap<string, number> = new Map([
  // One processor tells as much as all of them.
  ['cpuinfo', 64 * KiB],
  ['cmdline', 64 * KiB],
  ['hwloc-nofile-info', 4 * KiB],
  ['iomem', MiB],
  ['version', 4 * KiB],
])

/** Folders that say something even when they are empty. */
const FOLDERS: readonly string[] = ['sys', 'proc', 'bus/pci', 'bus/pci/devices', 'kernel/iommu_groups', 'class/iommu']

/** Folder of a host bridge: `pci0000:00`. */
export const HOST_BRIDGE_FOLDER = /^pci([0-9a-f]{4,8}:[0-9a-f]{2})$/

/**
 * How many bytes to keep of the entry at `path`, wherever the capture begins in the archive; 0 for a folder or link,
 * `undefined` for one to leave out.
 */
export function wantedBytes(path: string): number | undefined {
  const parts = path.split('/')
  const last = parts.at(-1) ?? ''
  const above = parts.at(-2) ?? ''
  if (parts.includes('drivers')) return undefined
  if (HOST_BRIDGE_FOLDER.test(last) || parseBdf(last) !== undefined) return 0
  if (parseBdf(above) !== undefined) return FUNCTION_FILES.get(last)
  if (above === 'proc') return PROC_FILES.get(last)
  if (last === 'osrelease' && above === 'kernel') return 256
  if (last === 'uname' || last === 'uname.txt') return 4 * KiB
  if (last === 'type' && parts.at(-3) === 'iommu_groups') return 64
  if (above === 'iommu' && parts.at(-3) === 'class') return 0
  return FOLDERS.some((folder) => path === folder || path.endsWith(`/${folder}`)) ? 0 : undefined
}
