/** From what was read of a machine to the entries of an archive: in one place, masked, nothing of the folders around it. */
import type { CaptureRoot } from '../sysfs/capture-root.ts'
import { baseName, joinPath } from '../tree/tree-path.ts'
import { bootOptions } from './boot-options.ts'
import { maskConfig } from './mask-config.ts'
import { maskText } from './mask-text.ts'
import type { RecordedEntry, RecordingTree } from './recording-tree.ts'

/** How often something was masked or left out. */
export interface Masked {
  readonly serialNumbers: number
  readonly vpdRegisters: number
  readonly macAddresses: number
  readonly hostNames: number
  readonly bootOptions: number
}

export interface CaptureEntries {
  /** By path, in order. */
  readonly entries: ReadonlyMap<string, RecordedEntry>
  readonly masked: Masked
}

/** **Shape** `hosts`: names of the machine; `mask`: false keeps everything as it was read. */
export function captureEntries(
  read: RecordingTree,
  root: CaptureRoot,
  hosts: readonly string[],
  mask: boolean,
): CaptureEntries {
  const counts = { serialNumbers: 0, vpdRegisters: 0, macAddresses: 0, hostNames: 0, bootOptions: 0 }
  const found = new Map<string, RecordedEntry>()
  for (const [path, entry] of read.entries) {
    const place = placeIn(root, path)
    // A second proc folder is a poorer copy of the first.
    if (place === undefined || found.has(place)) continue
    found.set(place, mask && entry.kind === 'file' ? masked(place, entry.bytes, hosts, counts) : entry)
  }
  const entries = new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)))
  return { entries, masked: counts }
}

/** `sys/…`, `proc/…`, or the name alone of what lies beside them; `undefined` for what belongs to none of these. */
function placeIn(root: CaptureRoot, path: string): string | undefined {
  for (const proc of root.proc) {
    if (path.startsWith(`${proc}/`)) return joinPath('proc', path.slice(proc.length + 1))
  }
  const inside = root.sys === '' ? path : path.startsWith(`${root.sys}/`) ? path.slice(root.sys.length + 1) : undefined
  if (inside !== undefined && /^(bus|devices|kernel|class)(\/|$)/.test(inside)) return joinPath('sys', inside)
  return root.beside.some((folder) => joinPath(folder, baseName(path)) === path) && /^uname/.test(baseName(path))
    ? baseName(path)
    : undefined
}

type Counts = { -readonly [K in keyof Masked]: Masked[K] }

function masked(place: string, bytes: Uint8Array, hosts: readonly string[], counts: Counts): RecordedEntry {
  if (baseName(place) === 'config') {
    const config = maskConfig(bytes)
    if (config.serialNumber) counts.serialNumbers++
    if (config.vpd) counts.vpdRegisters++
    return { kind: 'file', bytes: config.bytes }
  }
  if (place.startsWith('sys/') && place !== 'sys/kernel/osrelease') return { kind: 'file', bytes }
  let text = new TextDecoder().decode(bytes)
  if (place === 'proc/cmdline') {
    const { kept, leftOut } = bootOptions(text)
    counts.bootOptions += leftOut
    text = `${kept}\n`
  }
  const result = maskText(text, hosts)
  counts.hostNames += result.hostNames
  counts.macAddresses += result.macAddresses
  counts.serialNumbers += result.serialNumbers
  return { kind: 'file', bytes: new TextEncoder().encode(result.text) }
}
