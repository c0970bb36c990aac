/** One entry for every kind of input: the running machine, a folder, an archive. */
import { createReadStream, statSync, type Stats } from 'node:fs'
import { open } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Topology } from '@barter/core'
import { type ArchiveSource, readArchive } from './archive/archive.ts'
import { FORMAT_HEAD } from './archive/archive-format.ts'
import { captureFormat, captureMissing, captureNoDevices, captureUnreadable, machineNotLinux } from './errors.ts'
import { captureAt, findCapture } from './sysfs/capture-root.ts'
import { readSysfs } from './sysfs/sysfs.ts'
import { DirectoryTree } from './tree/directory-tree.ts'

/**
 * Read the PCI system of a machine.
 *
 * **Shape** `path`: a folder that is, holds or leads to a copy of /sys, or an archive of one; without it, the machine
 * that this runs on.
 * **Errors** `MACHINE_NOT_LINUX`, `CAPTURE_MISSING`, `CAPTURE_UNREADABLE`, `CAPTURE_NO_SYSFS`, `CAPTURE_AMBIGUOUS`,
 * `CAPTURE_NO_DEVICES`, and those of `readArchive`.
 */
export async function loadMachine(path?: string): Promise<Topology> {
  if (path === undefined || resolve(path) === '/sys') return readRunningMachine()
  const stat = statOf(path)
  if (stat.isDirectory()) {
    const tree = new DirectoryTree(path)
    return readSysfs(tree, findCapture(tree))
  }
  if (!stat.isFile()) throw captureFormat(path, 'neither a file nor a folder')
  const tree = await readArchive(await archiveOnDisk(path, stat.size))
  return readSysfs(tree, findCapture(tree))
}

function readRunningMachine(): Topology {
  if (process.platform !== 'linux') throw machineNotLinux(process.platform)
  const tree = new DirectoryTree('/', 'the running machine')
  if (tree.kind('sys/bus/pci/devices') !== 'directory')
    throw captureNoDevices(tree.name, '/sys/bus/pci/devices is missing')
  return readSysfs(tree, captureAt('sys'))
}

function statOf(path: string): Stats {
  try {
    return statSync(path)
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')
    throw missing ? captureMissing(path) : captureUnreadable(path, error)
  }
}

async function archiveOnDisk(path: string, length: number): Promise<ArchiveSource> {
  try {
    const file = await open(path)
    try {
      const { buffer, bytesRead } = await file.read(new Uint8Array(FORMAT_HEAD), 0, FORMAT_HEAD, 0)
      return { name: path, length, head: buffer.subarray(0, bytesRead), open: () => createReadStream(path) }
    } finally {
      await file.close()
    }
  } catch (error) {
    throw captureUnreadable(path, error)
  }
}
