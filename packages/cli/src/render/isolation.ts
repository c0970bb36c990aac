/** Who is no longer kept apart from whom. */
import type { IsolationLoss, Union } from '@barter/inspect'
import { shortBdf } from './device-label.ts'
import { wrapAfter } from './wrap.ts'

/** The JSON has them all. */
const MOST_DEVICES = 6
const MOST_UNIONS = 6

/** **Shape** no lines if nothing changes. */
export function isolationLines(
  { iommu, groups, direct }: IsolationLoss,
  sense: 'lost' | 'gained',
  columns: number,
): string[] {
  const lost = sense === 'lost'
  const condition = iommu === null ? ' (if an IOMMU is on)' : ''
  const lines = [
    ...section(
      lost ? `IOMMU groups that become one${condition}:` : `IOMMU groups that come apart${condition}:`,
      iommu === false ? [] : groups,
      columns,
      lost,
    ),
    ...section(
      lost ? 'Devices that then reach each other past any IOMMU:' : 'Devices that no longer reach each other directly:',
      direct,
      columns,
      lost,
    ),
  ]
  return lines
}

function section(head: string, unions: readonly Union[], columns: number, lost: boolean): string[] {
  if (unions.length === 0) return []
  const more = unions.length - MOST_UNIONS
  return [
    `  ${head}`,
    ...unions
      .slice(0, MOST_UNIONS)
      .map(({ parts }) => wrapAfter('    ', parts.map(partWords).join(lost ? '  +  ' : '  |  '), columns)),
    ...(more > 0 ? [`    and ${more} more; --json has them all`] : []),
  ]
}

function partWords({ group, devices }: Union['parts'][number]): string {
  const names = devices.slice(0, MOST_DEVICES).map(shortBdf).join(' ')
  const more = devices.length - MOST_DEVICES
  return `${names}${more > 0 ? ` and ${more} more` : ''}${group === null ? '' : ` (group ${group})`}`
}
