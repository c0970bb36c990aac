export { type ChangedPair, compareMachines, type MachineChange } from './advice/compare-machines.ts'
export { type AdvisedInspection, imagine, inspectWanted } from './advice/inspect-wanted.ts'
export type { IsolationLoss, Union } from './advice/isolation.ts'
export { type KernelVersion, kernelVersion } from './advice/kernel-version.ts'
export { type PairNeed, pairNeed, smallestClearSet } from './advice/pair-need.ts'
export type { SlotCandidate } from './advice/slots.ts'
export { type Advice, adviseWanted, type WantOptions } from './advice/want.ts'
export { type Proof, type Way } from './advice/ways.ts'
export type { WordChange } from './advice/acs-change.ts'
export { applyChange } from './advice/what-if.ts'
export { archiveInMemory, type ArchiveSource, readArchive } from './archive/archive.ts'
export { ARCHIVE_LIMITS, type ArchiveLimits } from './archive/archive-limits.ts'
export { type Capture, captureMachine, type CaptureOptions } from './capture/capture.ts'
export type { Masked } from './capture/capture-entries.ts'
export { answerLetter, type Letter } from './report/answer.ts'
export { chooseDevices, type DeviceChoice } from './report/choose-devices.ts'
export { cpuByName } from './cpu-override.ts'
export { type Input, loadMachine, type MachineReading, readMachine, type ReadOptions } from './load.ts'
export { className, isInteresting } from './report/device-class.ts'
export { type BarReport, barReport, isEndpoint } from './report/exportable.ts'
export { hostBridgeWords } from './report/host-bridge-words.ts'
export { type FoldedMatrix, type FoldedRow, foldMatrix } from './report/fold.ts'
export {
  type CellMatrix,
  type LabelledCell,
  labelledMatrix,
  type LetterMatrix,
  letterMatrix,
} from './report/letters.ts'
export { type PairReport, pairReport } from './report/pair-report.ts'
export { canProvide, choosePairs, type ChosenPairs, matrixDevices, type Pair, type PairChoice } from './report/pairs.ts'
export { type PathStep } from './report/path.ts'
export {
  ANSWER_NAMES,
  checkRequirement,
  parseRequirement,
  type Requirement,
  type RequirementCheck,
  type RequirementResult,
} from './report/requirement.ts'
export { type DeviceReport, type Inspection, type InspectOptions, inspectTopology } from './report/report.ts'
export { VENDOR_LABELS, type VendorLabel, vendorLabel } from './report/vendor-label.ts'
export type { CapturedFunction } from './machine/assemble.ts'
export { captureAt, type CaptureRoot, findCapture } from './sysfs/capture-root.ts'
export { readSysfs } from './sysfs/sysfs.ts'
export { DirectoryTree } from './tree/directory-tree.ts'
export { type EntryKind, type FileTree } from './tree/file-tree.ts'
export { MemoryTree } from './tree/memory-tree.ts'
export { type DeviceName, type DiffOptions, diffMachines, type MachineDiff } from './diff/machine-diff.ts'
export { findCaptures, isFleet } from './fleet/find-captures.ts'
export { type AnswerCounts, countAnswers, type MachineRow, machineRow } from './fleet/fleet-row.ts'
export { shapeHash } from './fleet/shape-hash.ts'
