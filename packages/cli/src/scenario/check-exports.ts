/** Finds exports that cannot go well, while there is still a line to point at. Those that expect a refusal are let be. */
import { alignDown, formatLength, hex, isMemoryBar, type PciFunction } from '@barter/core'
import type { CapturedFunction } from '@barter/inspect'
import type { KnownStep } from './check-steps.ts'
import type { Complaint } from './complaint.ts'
import { u64Of } from './quantity.ts'
import { deviceOf, type Story, targetText } from './story.ts'

/** **Shape** `functionOf` gives the function of a device by its name. **Source** VFIO-8, VFIO-9, VFIO-9b */
export function checkExports(
  story: Story,
  steps: readonly KnownStep[],
  functionOf: (device: string) => PciFunction | undefined,
  pageSize: number,
): Complaint[] {
  return steps
    .filter(({ word, entry }) => word.verb === 'export' && (entry.expect === undefined || entry.expect === 'ok'))
    .flatMap((step) => {
      const device = Object.hasOwn(story.file.devices, step.target) ? step.target : deviceOf(story.made, step.target)
      const fn = device === undefined ? undefined : functionOf(device)
      return device === undefined || fn === undefined ? [] : exportComplaints(step, device, fn, pageSize)
    })
}

const COLLECT_BARS =
  'take one that has addresses and lengths: sudo barter capture -o machine.tar.gz, or lspci -vvvnn > lspci.txt; several files of one machine go together: machine: [a, b]'

const EXPECTED = (errno: string): string => `or write expect: ${errno} if the refusal is the point`

function exportComplaints(
  { entry, path }: KnownStep,
  device: string,
  fn: CapturedFunction,
  pageSize: number,
): Complaint[] {
  const bar = fn.bars.find(({ index }) => index === entry.bar)
  if (bar === undefined && fn.barsUnknown === true) {
    const message = `the capture does not tell the BARs of ${device} (${fn.bdf})`
    return [{ path: [...path, 'bar'], message, hint: COLLECT_BARS }]
  }
  if (bar === undefined || !isMemoryBar(bar)) {
    const there = fn.bars
      .filter(isMemoryBar)
      .map(({ index, length }) => `${index}${length === undefined ? '' : ` (${formatLength(length)})`}`)
    const message = `${device} (${fn.bdf}) has no memory BAR ${targetText(entry.bar)}`
    const errno = bar === undefined ? 'ENODEV' : 'EINVAL'
    return [{ path: [...path, 'bar'], message, hint: `it has ${there.join(', ') || 'none'}; ${EXPECTED(errno)}` }]
  }
  if (bar.length === undefined) {
    const message = `the capture does not tell how long BAR ${bar.index} of ${device} (${fn.bdf}) is`
    return [{ path: [...path, 'bar'], message, hint: COLLECT_BARS }]
  }
  if (!Array.isArray(entry.ranges)) return []
  const ranges = entry.ranges as readonly { readonly offset?: unknown; readonly length?: unknown }[]
  const { index, length } = bar
  return ranges.flatMap((range, i) =>
    rangeComplaints([...path, 'ranges', i], range, `BAR ${index} of ${device}`, length, pageSize),
  )
}

function rangeComplaints(
  path: Complaint['path'],
  range: { readonly offset?: unknown; readonly length?: unknown },
  bar: string,
  barLength: number,
  pageSize: number,
): Complaint[] {
  const offset = u64Of(range.offset)
  const length = u64Of(range.length)
  if (offset === undefined || length === undefined) return []
  const page = BigInt(pageSize)
  for (const [key, value] of [
    ['offset', offset],
    ['length', length],
  ] as const) {
    if (value % page !== 0n || (key === 'length' && value === 0n)) {
      const message = `${key} ${hex(value)} is no multiple of the page size ${hex(pageSize)}`
      return [
        {
          path: [...path, key],
          message: value === 0n ? 'this range is empty' : message,
          hint: `round it to pages, ${EXPECTED('EINVAL')}`,
        },
      ]
    }
  }
  if (offset + length <= BigInt(barLength)) return []
  const usable = alignDown(barLength, pageSize)
  return [
    {
      path,
      message: `this range ends at ${hex(offset + length)}, beyond ${bar}, which is ${formatLength(barLength)} (${hex(barLength)}) long`,
      hint:
        usable === 0
          ? `the BAR is smaller than a page and cannot be lent, ${EXPECTED('EINVAL')}`
          : `shorten the range, ${EXPECTED('EINVAL')}`,
    },
  ]
}
