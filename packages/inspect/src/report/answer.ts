/** One letter for how a pair may talk: what a cell of the matrix holds. */
import { hostBridgeDecision, type MapType, type PciFunction, type Topology } from '@barter/core'

/**
 * `B` a bus address; `H` through the host bridge; `e` either of these, by ACS words that are not known; `x` not
 * supported; `?` not known, and one of the possible answers is no.
 */
export type Letter = 'B' | 'H' | 'x' | 'e' | '?'

/** What a letter is made of: the fields of a verdict that hold one. */
export interface Answered {
  readonly mapType?: MapType
  readonly mapTypeIfNoRedirect?: MapType
  readonly mapTypeIfRedirect?: MapType
  readonly cpuMatters?: true
  readonly hostBridgeMatters?: true
}

export function answerLetter(pair: Answered): Letter {
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

/**
 * The letter of pairs that have to pass the root complex, by their host bridges: asked once for each two.
 * **Source** P2P-23, HB-1 to HB-5
 */
export function lettersThroughHosts(topology: Topology): (a: PciFunction, b: PciFunction) => Letter {
  const known = new Map<string, Letter>()
  return (a, b) => {
    const key = `${a.hostBridge} ${b.hostBridge}`
    const found = known.get(key)
    if (found !== undefined) return found
    const { trusted, cpuMatters, idsMatter } = hostBridgeDecision(topology, a, b)
    const letter = cpuMatters || idsMatter ? '?' : trusted === true ? 'H' : 'x'
    known.set(key, letter)
    return letter
  }
}
