/** Where in a tree the sysfs of the captured machine is, and its procfs. */
import { captureAmbiguous, captureNoSysfs } from '../errors.ts'
import type { FileTree } from '../tree/file-tree.ts'
import { baseName, joinPath, parentPath } from '../tree/tree-path.ts'
import { HOST_BRIDGE_FOLDER } from '../archive/wanted.ts'

export interface CaptureRoot {
  /** Path of what was /sys. */
  readonly sys: string
  /** Paths that may be what was /proc, likeliest first. */
  readonly proc: readonly string[]
  /** Folders where other notes of the machine may lie. */
  readonly beside: readonly string[]
}

/** Folders deeper than this, or beyond this many, are not searched. */
const DEEPEST = 12
const MOST_FOLDERS = 20_000

/** Folders that no capture begins below, and that are endless on a live machine. */
const SKIPPED: readonly string[] = ['proc', 'dev', 'lost+found']

/**
 * The shallowest sysfs tree: a folder with bus/pci/devices or devices/pci*.
 *
 * **Errors** `CAPTURE_NO_SYSFS`, `CAPTURE_AMBIGUOUS` when several are equally near.
 */
export function findCapture(tree: FileTree): CaptureRoot {
  let level = ['']
  for (let depth = 0, looked = 0; depth <= DEEPEST && level.length > 0; depth++) {
    const found = level.filter((path) => isSysfs(tree, path))
    if (found.length > 1) throw captureAmbiguous(tree.name, found)
    if (found[0] !== undefined) return captureAt(found[0])
    looked += level.length
    if (looked > MOST_FOLDERS) break
    level = level.flatMap((path) =>
      tree
        .list(path)
        .filter((name) => !SKIPPED.includes(name))
        .map((name) => joinPath(path, name)),
    )
    level = level.slice(0, MOST_FOLDERS).filter((path) => tree.kind(path) === 'directory')
  }
  throw captureNoSysfs(tree.name)
}

/** The capture whose sysfs is known to be at `sys`. */
export function captureAt(sys: string): CaptureRoot {
  const above = parentPath(sys)
  const procs = sys === '' ? ['proc'] : [joinPath(above, 'proc'), joinPath(sys, 'proc')]
  const beside = baseName(sys) === 'sys' ? [above] : [sys, above]
  return { sys, proc: procs, beside: [...new Set(beside)] }
}

function isSysfs(tree: FileTree, path: string): boolean {
  if (tree.kind(joinPath(path, 'bus/pci/devices')) === 'directory') return true
  const devices = joinPath(path, 'devices')
  return tree.kind(devices) === 'directory' && tree.list(devices).some((name) => HOST_BRIDGE_FOLDER.test(name))
}
