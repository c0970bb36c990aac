/** One letter for how a pair may talk, and what each letter means. */
import type { PairReport } from '@barter/inspect'

export type Letter = 'B' | 'H' | 'x' | 'e' | '?'

/** In the order of a legend. */
export const LEGEND: Readonly<Record<Letter, string>> = {
  B: 'bus address: packets turn round below the host bridge, past any IOMMU',
  H: 'host bridge: packets go up to the root complex and come back',
  e: 'either of these two, by ACS words that are not known',
  x: 'not supported: the kernel refuses',
  '?': 'not known: hangs on something that the capture does not tell',
}

export function answerLetter(pair: PairReport): Letter {
  if (pair.cpuMatters === true || pair.hostBridgeMatters === true) return '?'
  switch (pair.mapType) {
    case 'bus-addr':
      return 'B'
    case 'thru-host-bridge':
      return 'H'
    case 'not-supported':
      return 'x'
    default:
      return pair.mapTypeIfRedirect === 'not-supported' || pair.mapTypeIfNoRedirect === 'not-supported' ? '?' : 'e'
  }
}

/** A verdict in words. */
export const ANSWER_WORDS: Readonly<Record<Letter, string>> = {
  B: 'a bus address, inside the switch',
  H: 'through the host bridge',
  e: 'possible, inside the switch or through the host bridge',
  x: 'not supported',
  '?': 'cannot tell',
}
