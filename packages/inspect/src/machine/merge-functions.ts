/** What several sources tell of one function, as one: the first that tells a thing is believed, the others compared. */
import { type Bar, busAddr, ConfigSpace, formatAcs, readAcs, readBarRegisters } from '@barter/core'
import type { Contradictions } from './contradictions.ts'
import type { FunctionFacts } from './function-facts.ts'

/** What one source says, with what people call the source. */
export interface Told {
  readonly source: string
  readonly facts: FunctionFacts
}

/** **Shape** `told`: at least one, the most reliable source first. */
export function mergeFunction(told: readonly [Told, ...Told[]], contradictions: Contradictions): FunctionFacts {
  const [first] = told
  if (told.length === 1) return settled(first.facts)
  for (const question of QUESTIONS) contradictions.compare(first.facts.bdf, told, question.what, question.answer)
  const all = told.map(({ facts }) => facts)
  const pick = <K extends keyof FunctionFacts>(key: K): FunctionFacts[K] =>
    all.map((facts) => facts[key]).find((value) => value !== undefined) as FunctionFacts[K]
  const fullest = all.filter(({ nameOnly }) => !nameOnly)
  return settled({
    bdf: first.facts.bdf,
    nameOnly: fullest.length === 0,
    place: pick('place'),
    inside: pick('inside'),
    // A source that shows every bridge overrules one that leaves some out.
    bridgesHidden: all.every(({ bridgesHidden }) => bridgesHidden),
    ...mergedConfig(all),
    acsControl: pick('acsControl'),
    vendor: pick('vendor'),
    device: pick('device'),
    classCode: finestClass(all),
    classGuess: pick('classGuess'),
    name: pick('name'),
    ...mergedBars(all),
    driver: pick('driver'),
    iommuGroup: pick('iommuGroup'),
    numaNode: pick('numaNode'),
    physicalFunction: pick('physicalFunction'),
    resetMethods: pick('resetMethods'),
    dmaMaskBits: pick('dmaMaskBits'),
    secondary: pick('secondary'),
    subordinate: pick('subordinate'),
    removable: all.some(({ removable }) => removable),
  })
}

type Question = {
  readonly what: string
  readonly answer: (facts: FunctionFacts) => string | undefined
}

const hex4 = (value: number): string => value.toString(16).padStart(4, '0')

/** What two sources can differ about, in an order of importance. */
const QUESTIONS: readonly Question[] = [
  {
    what: 'ids',
    answer: ({ vendor, device }) =>
      vendor === undefined || device === undefined ? undefined : `${hex4(vendor)}:${hex4(device)}`,
  },
  {
    what: 'class',
    answer: ({ classCode }) => (classCode === undefined ? undefined : hex4(Math.floor(classCode / 0x100))),
  },
  {
    what: 'ACS control',
    answer: ({ config }) => {
      const acs = config === undefined ? undefined : readAcs(config)
      if (acs === undefined || acs.kind === 'unknown') return undefined
      return acs.kind === 'none' ? 'none' : formatAcs(acs.control)
    },
  },
  { what: 'bridge above', answer: ({ place }) => (place === undefined ? undefined : (place.way.at(-2) ?? 'none')) },
  {
    what: 'bus below',
    answer: ({ secondary }) => (secondary === undefined ? undefined : `0x${secondary.toString(16)}`),
  },
  { what: 'BARs', answer: ({ bars }) => (bars === undefined ? undefined : bars.map(barText).sort().join(', ')) },
  { what: 'IOMMU group', answer: ({ iommuGroup }) => (iommuGroup === undefined ? undefined : String(iommuGroup)) },
  { what: 'physical function', answer: ({ physicalFunction }) => physicalFunction },
]

const barText = ({ index, start, kind }: Bar): string =>
  `${index} ${kind === 'io' ? 'I/O' : 'memory'} at 0x${start.toString(16)}`

/** A class with its programming interface, if any source has one, of those that agree with the first. */
function finestClass(all: readonly FunctionFacts[]): number | undefined {
  const codes = all.flatMap(({ classCode }) => (classCode === undefined ? [] : [classCode]))
  const upper = codes[0] === undefined ? undefined : Math.floor(codes[0] / 0x100)
  return codes.find((code) => Math.floor(code / 0x100) === upper && code % 0x100 !== 0) ?? codes[0]
}

/** Bytes that were read, as far as they reach; words where they reach further. */
function mergedConfig(all: readonly FunctionFacts[]): Pick<FunctionFacts, 'config' | 'fromWords'> {
  const bytes = longest(all.filter(({ fromWords }) => !fromWords))
  const words = longest(all.filter(({ fromWords }) => fromWords))
  if (bytes === undefined || bytes.silent) {
    return words === undefined || words.silent
      ? { config: bytes ?? words, fromWords: bytes === undefined }
      : { config: words, fromWords: true }
  }
  if (words === undefined || words.length <= bytes.length || words.silent) return { config: bytes, fromWords: false }
  const both = words.bytes.slice()
  both.set(bytes.bytes)
  return { config: new ConfigSpace(both), fromWords: true }
}

/** One that answers before one that does not, then the longest. */
function longest(all: readonly FunctionFacts[]): ConfigSpace | undefined {
  let best: ConfigSpace | undefined
  for (const { config } of all) {
    if (config === undefined) continue
    const better =
      best === undefined ||
      (best.silent && !config.silent) ||
      (best.silent === config.silent && config.length > best.length)
    if (better) best = config
  }
  return best
}

/** Settled BARs of the first source that has some, with lengths that others know. */
function mergedBars(all: readonly FunctionFacts[]): Pick<FunctionFacts, 'bars' | 'barsUnreadable' | 'barsBeyond'> {
  const withBars = all.filter(({ bars }) => bars !== undefined)
  const first = withBars.find(({ bars }) => bars?.every(({ length }) => length !== undefined)) ?? withBars[0]
  if (first === undefined) return { bars: undefined, barsUnreadable: 0, barsBeyond: 0 }
  const others = withBars.flatMap(({ bars }) => bars ?? [])
  const bars = first.bars?.map((bar) =>
    bar.length !== undefined ? bar : { ...bar, length: others.find((one) => one.index === bar.index)?.length },
  )
  return { bars, barsUnreadable: first.barsUnreadable, barsBeyond: first.barsBeyond }
}

/** Where a register holds another address than the kernel's, that is the one on the bus (P2P-4). */
function settled(facts: FunctionFacts): FunctionFacts {
  const { bars, config } = facts
  if (bars === undefined || config === undefined || facts.fromWords) return facts
  const registers = new Map(readBarRegisters(config).map((one) => [one.index, one.bus]))
  return {
    ...facts,
    bars: bars.map((bar) => {
      const bus = registers.get(bar.index)
      return bar.start === 0 || bus === undefined || bus === 0 || bar.kind === 'io'
        ? bar
        : { ...bar, bus: busAddr(bus) }
    }),
  }
}
