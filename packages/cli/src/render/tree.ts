/** The PCI tree as a drawing: every port with what its ACS word does to peer traffic. */
import type { PciFunction, Topology } from '@barter/core'
import { type DeviceReport, hostBridgeWords, type Inspection, isEndpoint } from '@barter/inspect'
import { deviceLabel, shortBdf } from './device-label.ts'
import type { Style } from './style.ts'
import { clip, wrapAfter } from './wrap.ts'

export interface TreeOptions {
  readonly columns: number
  readonly style: Style
  /** Only these and what leads to them; all unless given. */
  readonly only?: ReadonlySet<PciFunction>
}

export function renderTree(topology: Topology, report: Inspection, options: TreeOptions): string {
  const drawing = new Drawing(topology, report, options)
  return topology.hostBridges.flatMap((bridge) => drawing.root(bridge.id)).join('\n')
}

class Drawing {
  readonly #topology: Topology
  readonly #devices: ReadonlyMap<string, DeviceReport>
  readonly #columns: number
  readonly #style: Style
  readonly #shown: ReadonlySet<PciFunction> | undefined
  readonly #name: (bdf: string) => string

  constructor(topology: Topology, report: Inspection, { columns, style, only }: TreeOptions) {
    this.#topology = topology
    this.#devices = new Map(report.devices.map((device) => [device.bdf, device]))
    this.#columns = columns
    this.#style = style
    this.#shown = only === undefined ? undefined : new Set([...only].flatMap((fn) => topology.chain(fn)))
    const oneDomain = new Set(report.devices.map(({ bdf }) => bdf.split(':')[0])).size === 1
    this.#name = oneDomain ? shortBdf : (bdf) => bdf
  }

  root(id: string): string[] {
    const below = this.#below(id)
    if (below.length === 0) return []
    const head = wrapAfter(`${id}  `, `root bus; ${hostBridgeWords(this.#topology, id)}`, this.#columns)
    return [this.#style.strong(head), ...this.#branch(id, '')]
  }

  #branch(above: string, indent: string): string[] {
    const lines = this.#below(above)
    return lines.flatMap((group, i) => {
      const last = i === lines.length - 1
      const [first] = group
      if (first === undefined) return []
      const line = this.#line(`${indent}${last ? '└─ ' : '├─ '}`, group)
      return [line, ...(group.length > 1 ? [] : this.#branch(first.bdf, `${indent}${last ? '   ' : '│  '}`))]
    })
  }

  /** Runs of virtual functions with one label are one line. */
  #below(above: string): readonly (readonly PciFunction[])[] {
    const groups: PciFunction[][] = []
    for (const fn of this.#topology.children(above)) {
      if (this.#shown?.has(fn) === false) continue
      const before = groups.at(-1)
      const same = before?.[0]?.physicalFunction !== undefined && before[0].physicalFunction === fn.physicalFunction
      if (same && before !== undefined && this.#acs(before[0] as PciFunction) === this.#acs(fn)) before.push(fn)
      else groups.push([fn])
    }
    return groups
  }

  #line(branch: string, group: readonly PciFunction[]): string {
    const [fn] = group as [PciFunction]
    const device = this.#devices.get(fn.bdf)
    const last = group.at(-1)
    const range =
      group.length > 1 && last !== undefined ? `${this.#name(fn.bdf)} to ${this.#name(last.bdf)}` : this.#name(fn.bdf)
    const what = isEndpoint(fn) ? this.#endpoint(fn, device, group.length) : this.#port(fn)
    const head = `${branch}${range}  ${what}`
    const acs = this.#acs(fn)
    if (acs === '') return clip(head, this.#columns)
    const at = Math.min(Math.max(head.length + 2, 42), Math.max(head.length + 2, this.#columns - acs.length))
    return `${clip(head, this.#columns - acs.length - 2).padEnd(at - 1)} ${this.#paint(acs)}`
  }

  #endpoint(fn: PciFunction, device: DeviceReport | undefined, count: number): string {
    const label = device === undefined ? '' : deviceLabel(device)
    const group = fn.iommuGroup === undefined ? '' : `, group ${fn.iommuGroup}`
    if (count > 1) return `${count} virtual functions, ${label}`
    return `${label}${(device?.driver ?? null) === null ? '' : ` [${device?.driver ?? ''}]`}${group}`
  }

  #port(fn: PciFunction): string {
    const empty = fn.kind !== 'host-bridge' && this.#topology.children(fn.bdf).length === 0
    return `${fn.kind.replace('-', ' ')}${empty ? ', empty' : ''}`
  }

  /** Ports always say; an endpoint only if it has a word of its own, or nobody knows. */
  #acs(fn: PciFunction): string {
    const acs = this.#devices.get(fn.bdf)?.acs ?? 'unknown'
    if (fn.kind === 'host-bridge' || (isEndpoint(fn) && acs === 'none')) return ''
    if (acs === 'none') return 'no ACS'
    if (acs === 'unknown') return isEndpoint(fn) ? '' : 'ACS not known'
    if (acs === 'silent') return 'does not answer'
    return `ACS ${acs}${/RR|CR|EC/.test(acs) ? ' ↑' : ''}`
  }

  #paint(acs: string): string {
    if (acs.endsWith('↑')) return this.#style.warn(acs)
    return acs === 'no ACS' ? this.#style.faint(acs) : acs
  }
}
