/** What the machine was seen to do about the IOMMU, and which functions share a group. */
import { type Bdf, type IommuMode } from '@barter/core'
import { iommuFromCommandLine } from '../proc/command-line.ts'
import { type FileTree, readText } from '../tree/file-tree.ts'
import { joinPath } from '../tree/tree-path.ts'
import type { Gaps } from './gaps.ts'
import { functionFolder } from './place.ts'

export interface IommuState {
  readonly iommu: { readonly mode: IommuMode; readonly strict?: boolean } | undefined
  readonly groups: ReadonlyMap<Bdf, number>
}

/** Groups beyond this are not read; a large machine has some thousand. */
const MOST_GROUPS = 65_536

/** **Shape** `seen`: some function has a link to its group. */
export function readIommu(
  tree: FileTree,
  sys: string,
  commandLine: string | undefined,
  seen: boolean,
  gaps: Gaps,
): IommuState {
  const folder = joinPath(sys, 'kernel/iommu_groups')
  const names = tree
    .list(folder)
    .filter((name) => /^\d{1,9}$/.test(name))
    .slice(0, MOST_GROUPS)
  const groups = new Map<Bdf, number>()
  const types = new Set<string>()
  for (const name of names) {
    for (const entry of tree.list(joinPath(folder, name, 'devices'))) {
      const bdf = functionFolder(entry)
      if (bdf !== undefined) groups.set(bdf, Number(name))
    }
    const type = readText(tree, joinPath(folder, name, 'type'), 64)
    if (type !== undefined && type !== '') types.add(type)
  }
  const asked = commandLine === undefined ? undefined : iommuFromCommandLine(commandLine)
  return { iommu: modeOf(types, names.length > 0 || seen, tree.kind(folder) === 'directory', asked, gaps), groups }
}

function modeOf(
  types: ReadonlySet<string>,
  grouped: boolean,
  folderThere: boolean,
  asked: IommuMode | undefined,
  gaps: Gaps,
): IommuState['iommu'] {
  const translated = [...types].filter((type) => type === 'DMA' || type === 'DMA-FQ')
  if (translated.length > 0) {
    if (types.has('identity')) {
      gaps.machine('some IOMMU groups translate and some pass addresses through; translation is taken for all of them')
    }
    return { mode: 'translated', strict: !translated.includes('DMA-FQ') }
  }
  if (types.has('identity')) return { mode: 'identity' }
  if (grouped) {
    if (asked !== undefined && asked !== 'none') return { mode: asked }
    gaps.machine('the IOMMU groups have no type: whether the IOMMU translates or passes addresses through is unknown')
    return undefined
  }
  if (folderThere || asked === 'none') return { mode: 'none' }
  gaps.machine('the capture does not show sys/kernel/iommu_groups: whether an IOMMU is in use is unknown')
  return undefined
}
