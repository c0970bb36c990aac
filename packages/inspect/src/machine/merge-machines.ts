/** Several sources of one machine to one, with sentences on where they contradict each other. */
import type { Bdf, Cpu } from '@barter/core'
import { Contradictions } from './contradictions.ts'
import type { FunctionFacts } from './function-facts.ts'
import { mergeFunction, type Told } from './merge-functions.ts'
import { type MachineFacts, machineFacts, type SourceFormat } from './machine-facts.ts'

export interface Merged {
  readonly facts: MachineFacts
  readonly contradictions: readonly string[]
}

/** Who is believed first: those that come nearer to the hardware, then those that tell more. */
const ORDER: readonly SourceFormat[] = [
  'sysfs',
  'lspci hex',
  'lspci text',
  'udev',
  'lspci tree',
  'lstopo',
  'NCCL topology',
  'IOMMU groups',
  'ACSCtl lines',
  'proc',
]
/** Formats that list every function there is. */
const WHOLE: readonly SourceFormat[] = ['sysfs', 'lspci hex', 'lspci text', 'lspci tree', 'udev']

/** **Shape** at least one; equals are believed in the order in which they are given. */
export function mergeMachines(given: readonly MachineFacts[]): Merged {
  const sorted = given.toSorted((a, b) => ORDER.indexOf(a.format) - ORDER.indexOf(b.format))
  const contradictions = new Contradictions()
  const labels = labelsOf(sorted)
  const told = new Map<Bdf, [Told, ...Told[]]>()
  for (const [index, { functions }] of sorted.entries()) {
    for (const facts of functions) {
      const one = { source: labels[index] ?? '', facts }
      const list = told.get(facts.bdf)
      if (list === undefined) told.set(facts.bdf, [one])
      else list.push(one)
    }
  }
  missing(sorted, labels, told, contradictions)
  const functions = [...told.values()].map((list) => mergeFunction(list, contradictions))
  const first = <K extends keyof MachineFacts>(key: K): MachineFacts[K] =>
    sorted.map((facts) => facts[key]).find((value) => value !== undefined) as MachineFacts[K]
  const differ = (what: string, answer: (facts: MachineFacts) => string | undefined): void => {
    const said = sorted.flatMap((facts, index) => {
      const text = answer(facts)
      return text === undefined ? [] : [{ text, source: labels[index] ?? '' }]
    })
    const [taken, ...others] = said
    const other = others.find(({ text }) => text !== taken?.text)
    if (taken !== undefined && other !== undefined)
      contradictions.add(
        `${what}: ${taken.text} by ${taken.source}, ${other.text} by ${other.source}; the first is taken`,
      )
  }
  differ('the CPU', ({ cpu }) => cpuText(cpu))
  differ('the kernel', ({ release }) => release?.match(/\d+\.\d+\.\S+/)?.[0])
  differ('the command line', ({ commandLine }) => commandLine?.trim())
  const known = sorted.map(({ cpu }) => cpu).find((cpu) => cpuText(cpu) !== undefined)
  const facts = machineFacts(labels.join(', '), sorted[0]?.format ?? 'sysfs', {
    functions,
    complete: sorted.some(({ complete }) => complete),
    guessed: sorted.every(({ guessed, functions }) => guessed || functions.length === 0),
    cpu: known ?? first('cpu'),
    iomem: sorted.map(({ iomem }) => iomem).find((iomem) => iomem?.masked === false) ?? first('iomem'),
    release: first('release'),
    commandLine: first('commandLine'),
    iommu: first('iommu'),
    groups: groupsOf(sorted, labels, functions, contradictions),
    everyAcs: first('everyAcs'),
    lacks: Object.assign({}, ...sorted.map(({ lacks }) => lacks).reverse()) as MachineFacts['lacks'],
    gaps: [...new Set(sorted.flatMap(({ gaps }) => gaps))],
    notes: [
      ...(sorted.find(({ functions }) => functions.length > 0)?.limits ?? []),
      ...new Set(sorted.flatMap(({ notes }) => notes)),
    ],
  })
  return { facts, contradictions: contradictions.sentences() }
}

/** A file's name; with the format where one file has several parts. */
function labelsOf(sorted: readonly MachineFacts[]): string[] {
  const sources = new Set(sorted.map(({ source }) => source))
  const short = new Set([...sources].map(lastName)).size === sources.size
  return sorted.map(({ source: whole, format }) => {
    const source = short ? lastName(whole) : whole
    const parts = sorted.filter((one) => one.source === whole)
    if (parts.length === 1) return source
    const same = parts.filter((one) => one.format === format)
    return same.length === 1 ? `${source} (${format})` : source
  })
}

const lastName = (path: string): string => path.split('/').findLast((part) => part !== '') ?? path

const cpuText = (cpu: Cpu | undefined): string | undefined => {
  if (cpu === undefined || (cpu.arch === undefined && cpu.vendor === undefined)) return undefined
  return [cpu.vendor ?? cpu.arch, ...(cpu.family === undefined ? [] : [`family 0x${cpu.family.toString(16)}`])].join(
    ' ',
  )
}

/** Functions that one whole listing has and another has not. */
function missing(
  sorted: readonly MachineFacts[],
  labels: readonly string[],
  told: ReadonlyMap<Bdf, readonly Told[]>,
  contradictions: Contradictions,
): void {
  for (const [index, { format, complete, functions }] of sorted.entries()) {
    if (!complete || !WHOLE.includes(format)) continue
    const there = new Set(functions.map(({ bdf }) => bdf))
    const absent = [...told]
      .filter(([bdf, list]) => !there.has(bdf) && list.some(({ facts }) => !facts.nameOnly))
      .map(([bdf]) => bdf)
    if (absent.length === 0) continue
    const names = absent.length > 4 ? `${absent.slice(0, 4).join(', ')} and others` : absent.join(', ')
    contradictions.add(`${labels[index] ?? ''} does not list ${absent.length} functions that others have: ${names}`)
  }
}

function groupsOf(
  sorted: readonly MachineFacts[],
  labels: readonly string[],
  functions: readonly FunctionFacts[],
  contradictions: Contradictions,
): ReadonlyMap<Bdf, number> {
  const said = new Map<Bdf, number>(
    functions.flatMap(({ bdf, iommuGroup }) => (iommuGroup === undefined ? [] : [[bdf, iommuGroup] as const])),
  )
  for (const [index, { groups }] of sorted.entries()) {
    for (const [bdf, group] of groups) {
      const known = said.get(bdf)
      if (known === undefined) said.set(bdf, group)
      else if (known !== group)
        contradictions.add(
          `IOMMU group of ${bdf}: ${known}, and ${group} by ${labels[index] ?? ''}; the first is taken`,
        )
    }
  }
  return said
}
