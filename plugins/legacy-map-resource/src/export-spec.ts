/** From a request of user space to pieces of a BAR. */
import {
  advance,
  type BarPiece,
  type Device,
  type ExportRequest,
  isMemoryBar,
  KernelError,
  type PhysRange,
} from '@barter/core'
import type { ResourceSpec } from './resource-table.ts'

/**
 * **Errors** EINVAL for what is no memory BAR, and for ranges that are not whole pages of it. **Not modelled** the order of
 * the checks in exporter-vfio-pci (VFIO-1 to VFIO-9b): here it is addresses that are looked at.
 */
export function exportSpec(owner: Device, { bar: index, ranges }: ExportRequest, pageSize: number): ResourceSpec {
  const bar = owner.fn.bars.find((one) => one.index === index)
  if (bar === undefined || !isMemoryBar(bar)) throw invalid(`${owner.name} has no memory BAR ${index}`)
  if (ranges.length === 0) throw invalid('no ranges')
  const barLength = BigInt(bar.length ?? 0)
  const target = ranges.map(({ offset, length }): BarPiece => {
    const whole = offset % BigInt(pageSize) === 0n && length % BigInt(pageSize) === 0n
    if (!whole || length === 0n || offset + length > barLength) {
      throw invalid(`${length} bytes at ${offset} are not whole pages of BAR ${index}`)
    }
    return { bar: index, offset: Number(offset), length: Number(length) }
  })
  const pieces = target.map(({ offset, length }): PhysRange => ({ start: advance(bar.start, offset), length }))
  return { owner, pieces, target }
}

const invalid = (asked: string): KernelError => new KernelError('EINVAL', 'VFIO-9b', asked)
