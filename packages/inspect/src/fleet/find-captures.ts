/** The captures below some paths: each file is one, and each folder that holds a copy of /sys. */
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { captureMissing } from '../errors.ts'
import { findCapture } from '../sysfs/capture-root.ts'
import { DirectoryTree } from '../tree/directory-tree.ts'

/** Where a copy of /sys begins, from the folder of its machine. */
const SYSFS = ['sys/bus/pci/devices', 'bus/pci/devices', 'sys/devices', 'devices']
const DEEPEST = 16

/**
 * In the order of their names. Hidden files and folders are passed by, and so is what may not be read.
 * **Errors** `CAPTURE_MISSING` for a path that is not there.
 */
export function findCaptures(paths: readonly string[]): readonly string[] {
  const found: string[] = []
  for (const path of paths) {
    const stat = statSync(path, { throwIfNoEntry: false })
    if (stat === undefined) throw captureMissing(path)
    if (stat.isDirectory()) search(path, 0, found)
    else found.push(path)
  }
  return found
}

/** Does a folder hold captures of several machines, rather than one? */
export function isFleet(path: string): boolean {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true || isMachine(path)) return false
  try {
    findCapture(new DirectoryTree(path))
    return false
  } catch {
    // No copy of /sys in it, or several.
    return findCaptures([path]).length > 0
  }
}

function search(folder: string, depth: number, found: string[]): void {
  if (isMachine(folder)) return void found.push(folder)
  if (depth > DEEPEST) return
  for (const entry of entriesOf(folder)) {
    if (entry.name.startsWith('.')) continue
    const path = join(folder, entry.name)
    if (entry.isDirectory()) search(path, depth + 1, found)
    else if (entry.isFile() || entry.isSymbolicLink()) found.push(path)
  }
}

function isMachine(folder: string): boolean {
  return SYSFS.some((below) => {
    const at = join(folder, below)
    if (!statSync(at, { throwIfNoEntry: false })?.isDirectory()) return false
    return below.endsWith('pci/devices') || entriesOf(at).some(({ name }) => /^pci[0-9a-f]{4,8}:/.test(name))
  })
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))
  } catch {
    return []
  }
}
