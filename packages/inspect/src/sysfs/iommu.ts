/** What the machine was seen to do about the IOMMU, and which functions share a group. */
import { type Bdf, type IommuMode } from '@barter/core'
import { iommuFromCommandLine } from '../proc/command-line.ts'
import { type FileTree, readText } from '../tree/file-tree.ts'
import { joinPath } from '../tree/tree-path.ts'
import { functionFolder } from '../machine/place.ts'

export interface IommuState {
  readonly iommu: { readonly mode: IommuMode; readonly strict?: boolean } | undefined
  readonly groups: ReadonlyMap<Bdf, number>
  /** Why the mode is not known, as a sentence. */
  readonly lacks?: string
  readonly gaps: readonly string[]
}

export const GROUPS_WITHOUT_TYPE =
  'the IOMMU groups have no type: whether the IOMMU translates or passes addresses through is unknown'

/** Groups beyond this are not read; a large machine has some thousand. */
const MOST_GROUPS = 65_536

/** **Shape** `seen`: some function has a link to its group. */
export function readIommu(tree: FileTree, sys: string, commandLine: string | undefined, seen: boolean): IommuState {
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
  return { groups, gaps: [], ...modeOf(types, names.length > 0 || seen, tree.kind(folder) === 'directory', asked) }
}

function modeOf(
  types: ReadonlySet<string>,
  grouped: boolean,
  folderThere: boolean,
  asked: IommuMode | undefined,
): Pick<IommuState, 'iommu' | 'lacks'> & Partial<Pick<IommuState, 'gaps'>> {
  const translated = [...types].filter((type) => type === 'DMA' || type === 'DMA-FQ')
  if (translated.length > 0) {
    const mixed = 'some IOMMU groups translate and some pass addresses through; translation is taken for all of them'
    return {
      iommu: { mode: 'translated', strict: !translated.includes('DMA-FQ') },
      ...(types.has('identity') ? { gaps: [mixed] } : {}),
    }
  }
  if (types.has('identity')) return { iommu: { mode: 'identity' } }
  if (grouped) {
    if (asked !== undefined && asked !== 'none') return { iommu: { mode: asked } }
    return { iommu: undefined, lacks: GROUPS_WITHOUT_TYPE }
  }
  if (folderThere || asked === 'none') return { iommu: { mode: 'none' } }
  const lacks = 'the capture does not show sys/kernel/iommu_groups: whether an IOMMU is in use is unknown'
  return { iommu: undefined, lacks }
}
