/** What a capture lacks, gathered while it is read and told in one sentence per kind. */
import type { Bdf } from '@barter/core'

/** What follows from each lack, as the end of a sentence that begins `12 of 57 functions`. */
const OF_FUNCTIONS = {
  configMissing:
    'have no configuration space in the capture: their ACS control words and capabilities are unknown; sudo lspci -vvvnn there shows them',
  configHeader:
    'have no more than 64 bytes of configuration space (read without root?): their ACS control words are unknown, so that pairs below a common bridge have two possible answers',
  configShort:
    'are PCI Express but have no more than 256 bytes of configuration space: their ACS control words are unknown',
  acsTold: 'are known by a list of control words beside them, and the rest of their registers is not',
  silent: 'did not answer when the capture was taken: their registers are unknown',
  filesMissing: 'are named, and nothing else: their ACS control words and BARs are unknown',
  resourceMissing: 'do not show how long their BARs are, so it is open which can be exported',
  resourceBroken: 'have BARs in a form that cannot be read: those BARs are left out',
  idsMissing: 'do not tell vendor and device',
  addressBeyond: 'have BARs beyond 2^52 or of odd form: those BARs are left out',
  bridgeMissing:
    'have no bridge in the capture that leads to their bus: how far they are from others, and which bridge they share, is unknown',
  bridgeSkipped:
    'have a bridge above that is not in the capture: ports on their way, and the ACS of those, may be missed',
  bridgesHidden: 'stand in a source that leaves bridges out: distances are the least that they can be',
} as const

export type FunctionGap = keyof typeof OF_FUNCTIONS

export class Gaps {
  readonly #functions = new Map<FunctionGap, Bdf[]>()
  readonly #machine: string[] = []

  /** Something about one function. */
  of(gap: FunctionGap, bdf: Bdf): void {
    const list = this.#functions.get(gap)
    if (list === undefined) this.#functions.set(gap, [bdf])
    else list.push(bdf)
  }

  /** Something about the machine, as a whole sentence without its full stop. */
  machine(sentence: string): void {
    this.#machine.push(sentence)
  }

  /** **Shape** `total`: how many functions the capture has. */
  sentences(total: number): string[] {
    const kinds = Object.keys(OF_FUNCTIONS) as FunctionGap[]
    const counted = kinds.flatMap((gap) => {
      const list = this.#functions.get(gap)
      return list === undefined ? [] : [`${list.length} of ${total} functions${samples(list)} ${OF_FUNCTIONS[gap]}`]
    })
    return [...counted, ...this.#machine]
  }
}

/** Some names, unless there are many. */
const samples = (list: readonly Bdf[]): string => (list.length > 4 ? '' : ` (${list.join(', ')})`)
