/** What each letter of the matrix means, in words. */
import type { Letter } from '@barter/inspect'

export { answerLetter, type Letter } from '@barter/inspect'

/** In the order of a legend. */
export const LEGEND: Readonly<Record<Letter, string>> = {
  B: 'bus address: packets turn round below the host bridge, past any IOMMU',
  H: 'host bridge: packets go up to the root complex and come back',
  e: 'either of these two, by ACS words that are not known',
  x: 'not supported: the kernel refuses',
  '?': 'not known: hangs on something that the capture does not tell',
}

/** A verdict in words. */
export const ANSWER_WORDS: Readonly<Record<Letter, string>> = {
  B: 'a bus address, inside the switch',
  H: 'through the host bridge',
  e: 'possible, inside the switch or through the host bridge',
  x: 'not supported',
  '?': 'cannot tell',
}
