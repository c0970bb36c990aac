/** Small sysfs trees made by hand, as a tree in memory, a tar archive or a folder on disk. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import {
  ConfigSpace,
  PCI_BASE_ADDRESS_0,
  PCI_CLASS_REVISION,
  PCI_HEADER_TYPE,
  PCI_SECONDARY_BUS,
  PCI_SUBORDINATE_BUS,
  PCI_VENDOR_ID,
  type PciePortType,
  writeAcs,
  writePcie,
} from '@barter/core'
import { onTestFinished } from 'vitest'
import { pack, type Header } from 'tar-stream'
import { MemoryTree } from '@barter/inspect'

/** Path -> content of a file, or the target of a link. */
export type Entries = Readonly<Record<string, string | Uint8Array | { readonly link: string }>>

export interface SampleFunction {
  readonly vendor?: number
  readonly device?: number
  readonly classCode?: number
  /** `none`: a conventional function. */
  readonly port?: PciePortType | 'none'
  readonly buses?: readonly [secondary: number, subordinate: number]
  readonly acs?: number
  /** A 32-bit memory BAR 0 at this bus address. */
  readonly bar0?: number
  /** Known bytes of configuration space. */
  readonly length?: number
}

/** Configuration bytes of a function. */
export function sampleConfig(fn: SampleFunction = {}): Uint8Array {
  const config = new ConfigSpace(new Uint8Array(4096))
  config.write(PCI_VENDOR_ID, 4, (fn.device ?? 0x0010) * 0x1_0000 + (fn.vendor ?? 0x1b36))
  config.write(PCI_CLASS_REVISION, 4, (fn.classCode ?? (fn.buses ? 0x06_0400 : 0x01_0802)) * 0x100)
  if (fn.buses !== undefined) {
    config.write(PCI_HEADER_TYPE, 1, 1)
    config.write(PCI_SECONDARY_BUS, 1, fn.buses[0])
    config.write(PCI_SUBORDINATE_BUS, 1, fn.buses[1])
  }
  if (fn.port !== 'none') writePcie(config, 0x40, { portType: fn.port ?? 'endpoint', flr: true, slot: false })
  if (fn.acs !== undefined) writeAcs(config, 0x100, { capability: 0x7f, control: fn.acs })
  if (fn.bar0 !== undefined) config.write(PCI_BASE_ADDRESS_0, 4, fn.bar0)
  return config.bytes.slice(0, fn.length ?? 4096)
}

/** One line for BAR 0, zeros for the rest. */
export function sampleResource(start: number, length: number, flags = 0x40200): string {
  const line = (...values: readonly number[]): string =>
    values.map((v) => `0x${v.toString(16).padStart(16, '0')}`).join(' ')
  return [line(start, start + length - 1, flags), ...Array<string>(12).fill(line(0, 0, 0)), ''].join('\n')
}

/** The words of a device's folder that every kernel writes. */
export function sampleFiles(folder: string, fn: SampleFunction, resource?: string): Entries {
  const classCode = fn.classCode ?? (fn.buses ? 0x06_0400 : 0x01_0802)
  return {
    [`${folder}/config`]: sampleConfig(fn),
    [`${folder}/vendor`]: `0x${(fn.vendor ?? 0x1b36).toString(16)}\n`,
    [`${folder}/device`]: `0x${(fn.device ?? 0x0010).toString(16).padStart(4, '0')}\n`,
    [`${folder}/class`]: `0x${classCode.toString(16).padStart(6, '0')}\n`,
    ...(resource === undefined ? {} : { [`${folder}/resource`]: resource }),
  }
}

/** A root port, a switch, and two NVMe controllers below it. */
export function twoBelowOneSwitch(top = 'sys/'): Entries {
  const root = `${top}devices/pci0000:00`
  const upstream = `${root}/0000:00:01.0/0000:01:00.0`
  const port = { port: 'downstream-port', acs: 0 } as const
  return {
    ...sampleFiles(`${root}/0000:00:00.0`, { vendor: 0x8086, device: 0x29c0, classCode: 0x06_0000, port: 'none' }),
    ...sampleFiles(`${root}/0000:00:01.0`, { port: 'root-port', buses: [1, 4], acs: 0x1d }),
    ...sampleFiles(upstream, { port: 'upstream-port', buses: [2, 4] }),
    ...sampleFiles(`${upstream}/0000:02:00.0`, { ...port, buses: [3, 3] }),
    ...sampleFiles(`${upstream}/0000:02:01.0`, { ...port, buses: [4, 4] }),
    ...sampleFiles(`${upstream}/0000:02:00.0/0000:03:00.0`, { bar0: 0xf000_0000 }, sampleResource(0xf000_0000, 0x4000)),
    ...sampleFiles(`${upstream}/0000:02:01.0/0000:04:00.0`, { bar0: 0xf010_0000 }, sampleResource(0xf010_0000, 0x4000)),
  }
}

export function asTree(entries: Entries, name = 'a tree made by hand'): MemoryTree {
  const tree = new MemoryTree(name)
  for (const [path, content] of Object.entries(entries)) {
    if (typeof content === 'object' && 'link' in content) tree.addLink(path, content.link)
    else tree.addFile(path, typeof content === 'string' ? new TextEncoder().encode(content) : content)
  }
  return tree
}

/** A tar archive of the entries, with further headers at its end. */
export async function asTar(
  entries: Entries,
  more: readonly (Partial<Header> & { name: string })[] = [],
): Promise<Buffer> {
  const tar = pack()
  for (const [name, content] of Object.entries(entries)) {
    if (typeof content === 'object' && 'link' in content) tar.entry({ name, type: 'symlink', linkname: content.link })
    else tar.entry({ name }, content)
  }
  for (const header of more) tar.entry(header, '')
  tar.finalize()
  const pieces: Uint8Array[] = []
  for await (const piece of tar as AsyncIterable<Uint8Array>) pieces.push(piece)
  return Buffer.concat(pieces)
}

/** An empty folder that goes when the test is over. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'barter-inspect-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A new folder with the entries in it. */
export function asFolder(entries: Entries): string {
  const folder = temporaryFolder()
  for (const [path, content] of Object.entries(entries)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    if (typeof content === 'object' && 'link' in content) symlinkSync(content.link, join(folder, path))
    else writeFileSync(join(folder, path), content)
  }
  return folder
}
