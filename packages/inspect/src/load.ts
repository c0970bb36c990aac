/** One entry for every kind of input: the running machine, folders, archives, texts, and several of them at once. */
import { createReadStream, statSync, type Stats } from 'node:fs'
import { open } from 'node:fs/promises'
import { resolve } from 'node:path'
import { cpuRoutesPeers, type Topology, UsageError } from '@barter/core'
import { archiveInMemory, type ArchiveSource, readArchive, readPacked } from './archive/archive.ts'
import { archiveFormat, FORMAT_HEAD } from './archive/archive-format.ts'
import { cpuByName } from './cpu-override.ts'
import {
  captureEmpty,
  captureFormat,
  captureMissing,
  captureNoDevices,
  captureUnreadable,
  machineNotLinux,
  noMachine,
} from './errors.ts'
import { cpuByHostBridge } from './ids/host-cpu.ts'
import type { MachineFacts, SourceFormat } from './machine/machine-facts.ts'
import { mergeMachines } from './machine/merge-machines.ts'
import { topologyOf } from './machine/topology-of.ts'
import { captureAt, findCapture } from './sysfs/capture-root.ts'
import { sysfsFacts } from './sysfs/sysfs.ts'
import { readText } from './text/read-text.ts'
import { DirectoryTree } from './tree/directory-tree.ts'
import { isXml, readXml } from './xml/read-xml.ts'

/** A path, or bytes that came another way, as from a pipe. */
export type Input = string | { readonly name: string; readonly bytes: Uint8Array }

export interface ReadOptions {
  /** `amd:0x17`, `intel` or `other`: overrides what the inputs tell. */
  readonly cpu?: string
}

export interface MachineReading {
  readonly topology: Topology
  /** Good to know, as sentences: what was inferred, and from what. */
  readonly notes: readonly string[]
  /** What is not known, as sentences; the same as `topology.unknown`. */
  readonly gaps: readonly string[]
  /** Where the inputs say different things, as sentences. */
  readonly contradictions: readonly string[]
  /** What was read, in the order in which it is believed. */
  readonly sources: readonly { readonly name: string; readonly format: SourceFormat }[]
}

/**
 * Read the PCI system of one machine from everything given, told apart by content.
 *
 * **Shape** no inputs: the machine that this runs on. Each may be a folder that is, holds or leads to a copy of /sys, an
 * archive of one, or a text.
 * **Errors** `MACHINE_NOT_LINUX`, `CAPTURE_MISSING`, `CAPTURE_UNREADABLE`, `CAPTURE_NO_SYSFS`, `CAPTURE_AMBIGUOUS`,
 * `CAPTURE_NO_DEVICES`, `CAPTURE_FORMAT`, `CAPTURE_TOO_LITTLE`, `CPU_NAME`, and those of `readArchive`.
 */
export async function readMachine(inputs: readonly Input[], options: ReadOptions = {}): Promise<MachineReading> {
  const given = options.cpu === undefined ? undefined : cpuByName(options.cpu)
  const parts: MachineFacts[] = []
  if (inputs.length === 0) parts.push(runningMachine())
  // One after the other: each may be large.
  for (const input of inputs) parts.push(...(await factsOfInput(input)))
  const { facts, contradictions } = mergeMachines(parts)
  const [first] = parts
  if (facts.functions.length === 0 && first !== undefined) throw noMachine(first.source, WHAT[first.format])
  const notes = [...facts.notes]
  let cpu = given ?? facts.cpu
  if (given === undefined && (cpu === undefined || cpuRoutesPeers(cpu) === undefined)) {
    const inferred = cpuByHostBridge(facts.functions)
    if (inferred !== undefined) {
      cpu = inferred.cpu
      notes.push(inferred.because)
    }
  }
  const topology = topologyOf({ ...facts, cpu })
  const sources = parts.map(({ source, format }) => ({ name: source, format }))
  return { topology, notes, gaps: topology.unknown, contradictions, sources }
}

/** What a source without functions has instead. */
const WHAT: Readonly<Record<SourceFormat, string>> = {
  sysfs: 'a copy of /sys',
  'lspci text': 'the output of lspci',
  'lspci hex': 'the output of lspci',
  'lspci tree': 'the output of lspci -t',
  udev: 'a udev database',
  lstopo: 'the output of lstopo',
  'NCCL topology': 'a topology of NCCL',
  'IOMMU groups': 'a listing of IOMMU groups',
  'ACSCtl lines': 'ACSCtl lines',
  proc: 'facts about the CPU or the kernel',
}

/** The same for one input, or the running machine, when nothing but the topology is wanted. */
export async function loadMachine(path?: string): Promise<Topology> {
  return (await readMachine(path === undefined ? [] : [path])).topology
}

async function factsOfInput(input: Input): Promise<MachineFacts[]> {
  if (typeof input !== 'string') return factsOfFile(archiveInMemory(input.name, input.bytes))
  if (resolve(input) === '/sys') return [runningMachine()]
  const stat = statOf(input)
  if (stat.isDirectory()) {
    const tree = new DirectoryTree(input)
    return [sysfsFacts(tree, findCapture(tree))]
  }
  if (!stat.isFile()) throw captureFormat(input, 'neither a file nor a folder')
  return factsOfFile(await fileOnDisk(input, stat.size))
}

async function factsOfFile(source: ArchiveSource): Promise<MachineFacts[]> {
  if (source.length === 0) throw captureEmpty(source.name)
  const format = archiveFormat(source.head)
  if (typeof format === 'object' && format.refused) throw captureFormat(source.name, format.unknown)
  if (typeof format === 'object' && isXml(source.head)) return [await readXml(source.name, source.open())]
  if (typeof format === 'object') return readText(source.name, source.open())
  try {
    const tree = await readArchive(source)
    return [sysfsFacts(tree, findCapture(tree))]
  } catch (error) {
    // Something else that somebody packed: then it is a text.
    if (format === 'tar' || !(error instanceof UsageError) || error.code !== 'CAPTURE_FORMAT') throw error
    return readPacked(source, (pieces) => readText(source.name, pieces))
  }
}

function runningMachine(): MachineFacts {
  if (process.platform !== 'linux') throw machineNotLinux(process.platform)
  const tree = new DirectoryTree('/', 'the running machine')
  if (tree.kind('sys/bus/pci/devices') !== 'directory')
    throw captureNoDevices(tree.name, '/sys/bus/pci/devices is missing')
  return sysfsFacts(tree, captureAt('sys'))
}

function statOf(path: string): Stats {
  try {
    return statSync(path)
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')
    throw missing ? captureMissing(path) : captureUnreadable(path, error)
  }
}

async function fileOnDisk(path: string, length: number): Promise<ArchiveSource> {
  try {
    const file = await open(path)
    try {
      const { buffer, bytesRead } = await file.read(new Uint8Array(FORMAT_HEAD), 0, FORMAT_HEAD, 0)
      return { name: path, length, head: buffer.subarray(0, bytesRead), open: () => createReadStream(path) }
    } finally {
      await file.close()
    }
  } catch (error) {
    throw captureUnreadable(path, error)
  }
}
