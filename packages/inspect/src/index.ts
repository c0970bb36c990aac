export { archiveInMemory, type ArchiveSource, readArchive } from './archive/archive.ts'
export { ARCHIVE_LIMITS, type ArchiveLimits } from './archive/archive-limits.ts'
export { loadMachine } from './load.ts'
export { className, isInteresting } from './report/device-class.ts'
export { type BarReport, barReport, isEndpoint } from './report/exportable.ts'
export { choosePairs, type ChosenPairs, type Pair, type PairChoice } from './report/pairs.ts'
export {
  type DeviceReport,
  type Inspection,
  type InspectOptions,
  inspectTopology,
  type PairReport,
} from './report/report.ts'
export type { SysfsFunction } from './sysfs/assemble.ts'
export { captureAt, type CaptureRoot, findCapture } from './sysfs/capture-root.ts'
export { readSysfs } from './sysfs/sysfs.ts'
export { DirectoryTree } from './tree/directory-tree.ts'
export { type EntryKind, type FileTree } from './tree/file-tree.ts'
export { MemoryTree } from './tree/memory-tree.ts'
