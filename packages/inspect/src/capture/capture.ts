/** A machine as one archive for bug reports: what inspection reads of it, masked, and read back before it is handed out. */
import { readFileSync, statSync } from 'node:fs'
import type { Topology } from '@barter/core'
import { archiveInMemory, readArchive } from '../archive/archive.ts'
import { ARCHIVE_LIMITS } from '../archive/archive-limits.ts'
import {
  captureCheck,
  captureMissing,
  captureNoDevices,
  captureTooBig,
  captureUnreadable,
  machineNotLinux,
} from '../errors.ts'
import { captureAt, type CaptureRoot, findCapture } from '../sysfs/capture-root.ts'
import { readSysfs } from '../sysfs/sysfs.ts'
import { DirectoryTree } from '../tree/directory-tree.ts'
import type { FileTree } from '../tree/file-tree.ts'
import { captureEntries, type Masked } from './capture-entries.ts'
import { hostNames } from './host-names.ts'
import { packEntries } from './pack-entries.ts'
import { RecordingTree } from './recording-tree.ts'
import { sameAnswers } from './same-answers.ts'

export interface CaptureOptions {
  /** A folder or archive with a copy of /sys and /proc; the running machine unless given. */
  readonly root?: string
  /** Serial numbers, MAC addresses, host names and boot options that do not matter are left out; true unless given. */
  readonly mask?: boolean
}

export interface Capture {
  readonly bytes: Uint8Array
  /** As read from the machine. */
  readonly topology: Topology
  readonly masked: Masked
  /** Files that are there and that the system would not let us read. */
  readonly unreadable: readonly string[]
  /** Ordered pairs whose verdicts the archive was seen to give again. */
  readonly pairs: number
}

/**
 * Collect what inspection reads of a machine.
 *
 * **Shape** a tar archive, packed with gzip; the same bytes for the same tree.
 * **Errors** those of reading a machine; `CAPTURE_CHECK` when the archive would not give the same answers.
 */
export async function captureMachine({ root, mask = true }: CaptureOptions = {}): Promise<Capture> {
  const { tree, at } = await openMachine(root)
  const read = new RecordingTree(tree)
  const topology = readSysfs(read, at)
  const { entries, masked } = captureEntries(read, at, mask ? hostNames(tree, at) : [], mask)
  const bytes = await packEntries(entries)
  const name = 'the archive just packed'
  const again = await readArchive(archiveInMemory(name, bytes))
  const { pairs, difference } = sameAnswers(topology, readSysfs(again, findCapture(again)))
  if (difference !== undefined) throw captureCheck(tree.name, difference)
  return { bytes, topology, masked, unreadable: [...read.unreadable].sort(), pairs }
}

async function openMachine(root: string | undefined): Promise<{ readonly tree: FileTree; readonly at: CaptureRoot }> {
  if (root !== undefined) {
    const tree = await treeAt(root)
    return { tree, at: findCapture(tree) }
  }
  if (process.platform !== 'linux') throw machineNotLinux(process.platform)
  const tree = new DirectoryTree('/', 'the running machine')
  const devices = 'sys/bus/pci/devices'
  if (tree.kind(devices) !== 'directory') throw captureNoDevices(tree.name, `/${devices} is missing`)
  return { tree, at: captureAt('sys') }
}

async function treeAt(root: string): Promise<FileTree> {
  const stat = statSync(root, { throwIfNoEntry: false })
  if (stat === undefined) throw captureMissing(root)
  if (!stat.isFile()) return new DirectoryTree(root)
  if (stat.size > ARCHIVE_LIMITS.packed) throw captureTooBig(root, 'the file', ARCHIVE_LIMITS.packed, 'bytes')
  let bytes: Uint8Array
  try {
    bytes = readFileSync(root)
  } catch (error) {
    throw captureUnreadable(root, error)
  }
  return readArchive(archiveInMemory(root, bytes))
}
