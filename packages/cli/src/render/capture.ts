/** What went into a capture, what was masked, and what could not be read. */
import type { Capture } from '@barter/inspect'
import { plural } from './machine-summary.ts'
import type { Style } from './style.ts'
import { wrapAfter } from './wrap.ts'

export interface ToldCapture {
  readonly capture: Capture
  readonly output: string
  readonly mask: boolean
  /** The running machine, not a copy. */
  readonly live: boolean
  readonly isRoot: boolean
  readonly size: string
}

export function renderCapture(told: ToldCapture, columns: number, style: Style): string {
  const { capture, output, mask, size } = told
  const { functions, hostBridges } = capture.topology
  const lines = [
    wrapAfter(
      '',
      `${style.good('wrote')} ${output}: ${size}, ${plural(functions.length, 'PCI function')} below ${plural(hostBridges.length, 'host bridge')}`,
      columns,
    ),
    wrapAfter(
      '  masked     ',
      mask ? maskedText(capture) : 'nothing, as --no-mask asks: look through it before you send it',
      columns,
    ),
    wrapAfter(
      '  read back  ',
      `${plural(capture.pairs, 'pair')}, all with the verdicts of the machine itself`,
      columns,
    ),
  ]
  const lacks = lacksOf(capture)
  if (lacks.length === 0) return `${[...lines, '  lacks      nothing'].join('\n')}\n`
  return `${[
    ...lines,
    '',
    style.warn('not in it:'),
    ...lacks.map((lack) => wrapAfter('  - ', lack, columns)),
    wrapAfter('', howTo(told), columns),
  ].join('\n')}\n`
}

export function captureJson(told: ToldCapture): string {
  const { capture, output, mask } = told
  const lacks = lacksOf(capture)
  const document = {
    schema: 'barter.capture/1',
    file: output,
    bytes: capture.bytes.length,
    functions: capture.topology.functions.length,
    masked: mask ? capture.masked : null,
    pairsReadBack: capture.pairs,
    lacks,
    ...(lacks.length === 0 ? {} : { howToGetIt: howTo(told) }),
  }
  return `${JSON.stringify(document, null, 2)}\n`
}

function maskedText({ masked }: Capture): string {
  const parts = [
    [masked.serialNumbers, 'serial number', 'serial numbers'],
    [masked.vpdRegisters, 'VPD register', 'VPD registers'],
    [masked.macAddresses, 'MAC address', 'MAC addresses'],
    [masked.hostNames, 'host name', 'host names'],
    [masked.bootOptions, 'boot option without bearing on PCI', 'boot options without bearing on PCI'],
  ] as const
  const some = parts.filter(([count]) => count > 0).map(([count, one, many]) => `${count} ${count === 1 ? one : many}`)
  return some.length === 0 ? 'nothing was there to mask' : some.join(', ')
}

function lacksOf({ topology, unreadable }: Capture): readonly string[] {
  const files =
    unreadable.length === 0 ? [] : [`${plural(unreadable.length, 'file')} that may not be read: ${some(unreadable)}`]
  return [...topology.unknown, ...files]
}

const some = (names: readonly string[]): string =>
  names.length <= 3 ? names.join(', ') : `${names.slice(0, 3).join(', ')} and ${names.length - 3} more`

function howTo({ live, isRoot, output }: ToldCapture): string {
  if (!live) return 'The copy lacks it: take it again on the machine itself, as root, with barter capture.'
  if (!isRoot) return `Run it as root to get it: sudo npx barter capture -o ${output} --force`
  return 'It was run as root: in a container, or where the kernel is locked down, more is seen on the host itself.'
}
