/** What one source tells of one PCI function, before anything is concluded from it. What it does not tell is `undefined`. */
import type { Bar, Bdf, ConfigSpace } from '@barter/core'
import type { Place } from './place.ts'

export interface FunctionFacts {
  readonly bdf: Bdf
  /** Its name and place are all that the source has of it. */
  readonly nameOnly: boolean
  /** The way down to it, where the source shows one. */
  readonly place: Place | undefined
  /** Bridge that it is inside of, where the source shows no more. */
  readonly inside: Bdf | undefined
  /** Bridges that the source does not show may lie between it and what is above it. */
  readonly bridgesHidden: boolean
  readonly config: ConfigSpace | undefined
  /** The configuration space was put together from words: what they do not tell reads as zero. */
  readonly fromWords: boolean
  /** ACS control word, told apart from the configuration space. */
  readonly acsControl: number | undefined
  readonly vendor: number | undefined
  readonly device: number | undefined
  readonly classCode: number | undefined
  /** What the name sounds like, where the source has no class. */
  readonly classGuess: number | undefined
  /** Vendor and device in words, for people. */
  readonly name: string | undefined
  /** Settled BARs with CPU addresses; `undefined`: nothing but the registers, if those. */
  readonly bars: readonly Bar[] | undefined
  /** BARs that were told in a form that cannot be read, and BARs that do not fit. */
  readonly barsUnreadable: number
  readonly barsBeyond: number
  readonly driver: string | undefined
  readonly iommuGroup: number | undefined
  readonly numaNode: number | undefined
  readonly physicalFunction: Bdf | undefined
  readonly resetMethods: readonly string[] | undefined
  readonly dmaMaskBits: number | undefined
  readonly secondary: number | undefined
  readonly subordinate: number | undefined
  readonly removable: boolean
}

/** A function of which nothing is known. */
export function factsOf(bdf: Bdf, known: Partial<Omit<FunctionFacts, 'bdf'>> = {}): FunctionFacts {
  return { ...NOTHING, ...known, bdf }
}

const NOTHING: Omit<FunctionFacts, 'bdf'> = {
  nameOnly: false,
  place: undefined,
  inside: undefined,
  bridgesHidden: false,
  config: undefined,
  fromWords: false,
  acsControl: undefined,
  vendor: undefined,
  device: undefined,
  classCode: undefined,
  classGuess: undefined,
  name: undefined,
  bars: undefined,
  barsUnreadable: 0,
  barsBeyond: 0,
  driver: undefined,
  iommuGroup: undefined,
  numaNode: undefined,
  physicalFunction: undefined,
  resetMethods: undefined,
  dmaMaskBits: undefined,
  secondary: undefined,
  subordinate: undefined,
  removable: false,
}
