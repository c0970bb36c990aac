/** Finding the PCI functions of a sysfs tree, and their places. */
import type { Bdf } from '@barter/core'
import { HOST_BRIDGE_FOLDER } from '../archive/wanted.ts'
import { type FileTree, follow } from '../tree/file-tree.ts'
import { joinPath, stepFrom } from '../tree/tree-path.ts'
import { functionFolder, type Place, placeOf } from '../machine/place.ts'

export interface FunctionFolder {
  readonly bdf: Bdf
  /** Path of its files; `undefined` when the capture has its name only. */
  readonly folder: string | undefined
  /** `undefined` when no nesting tells it. */
  readonly place: Place | undefined
  /** Bridge whose real folder it is inside of, where no host bridge's folder is (a copy with links followed). */
  readonly inside: Bdf | undefined
}

/** Bus numbers end at 255, so no true nesting of functions is deeper than this. */
const DEEPEST = 300
/** Folders looked at in a search of all of devices/. */
const MOST_FOLDERS = 100_000

/** Every function that bus/pci/devices or devices/ shows, once, in no particular order. */
export function functionFolders(tree: FileTree, sys: string): readonly FunctionFolder[] {
  const found = new Map<Bdf, FunctionFolder>()
  const add = (one: FunctionFolder): void => {
    const known = found.get(one.bdf)
    if (known === undefined) return void found.set(one.bdf, one)
    found.set(one.bdf, {
      bdf: one.bdf,
      folder: known.folder ?? one.folder,
      place: known.place ?? one.place,
      inside: known.inside ?? one.inside,
    })
  }
  fromBus(tree, joinPath(sys, 'bus/pci/devices'), add)
  // On arm64 and under hypervisors host bridges lie deeper, but then bus/pci/devices leads there.
  fromDevices(tree, joinPath(sys, 'devices'), found.size === 0, add)
  for (const { place } of [...found.values()]) {
    for (const [depth, bdf] of (place?.way ?? []).entries()) {
      if (place === undefined || found.has(bdf)) continue
      add({ bdf, folder: undefined, place: { ...place, way: place.way.slice(0, depth + 1) }, inside: undefined })
    }
  }
  return [...found.values()]
}

type Add = (one: FunctionFolder) => void

function fromBus(tree: FileTree, folder: string, add: Add): void {
  for (const name of tree.list(folder)) {
    const bdf = functionFolder(name)
    if (bdf === undefined) continue
    const path = joinPath(folder, name)
    const target = tree.kind(path) === 'link' ? stepFrom(folder, tree.link(path) ?? '/') : undefined
    const files = target === undefined ? path : follow(tree, path)
    const usable = files !== undefined && tree.kind(files) === 'directory'
    add({
      bdf,
      folder: usable ? files : undefined,
      place: usable ? (placeOf(files) ?? placeOf(target ?? '')) : placeOf(target ?? ''),
      inside: undefined,
    })
    if (usable && target === undefined) fromNested(tree, path, bdf, 0, add)
  }
}

/** Functions in the real folder of another one. */
function fromNested(tree: FileTree, folder: string, inside: Bdf, depth: number, add: Add): void {
  if (depth > DEEPEST) return
  for (const name of tree.list(folder)) {
    const bdf = functionFolder(name)
    const path = joinPath(folder, name)
    if (bdf === undefined || tree.kind(path) !== 'directory') continue
    add({ bdf, folder: path, place: undefined, inside })
    fromNested(tree, path, bdf, depth + 1, add)
  }
}

/** **Shape** `everywhere`: look into folders of any name, not only of host bridges and functions. */
function fromDevices(tree: FileTree, top: string, everywhere: boolean, add: Add): void {
  const left = [{ path: top, depth: 0 }]
  for (let looked = 0, at = left.pop(); at !== undefined && looked < MOST_FOLDERS; at = left.pop(), looked++) {
    for (const name of tree.list(at.path)) {
      const bdf = functionFolder(name)
      if (bdf === undefined && !everywhere && !HOST_BRIDGE_FOLDER.test(name)) continue
      const path = joinPath(at.path, name)
      if (at.depth > DEEPEST || tree.kind(path) !== 'directory') continue
      const place = placeOf(path)
      if (bdf !== undefined && place !== undefined) add({ bdf, folder: path, place, inside: undefined })
      left.push({ path, depth: at.depth + 1 })
    }
  }
}
