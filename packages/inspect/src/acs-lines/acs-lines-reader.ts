/** `lspci -vvv | grep ACSCtl`: control words without their functions. If all are the same, each has that one. */
import type { UsageError } from '@barter/core'
import { onlyAcsLines } from '../errors.ts'
import { acsWord } from '../lspci/capability-lines.ts'
import { type MachineFacts, machineFacts } from '../machine/machine-facts.ts'
import type { LineReader } from '../text/line-reader.ts'
import type { TextLine } from '../text/text-line.ts'

export class AcsLinesReader implements LineReader {
  readonly #name: string
  readonly #words = new Set<number>()
  #count = 0

  constructor(name: string) {
    this.#name = name
  }

  get found(): boolean {
    return this.#count > 0
  }

  take({ body }: TextLine): boolean {
    if (!body.startsWith('ACSCtl:')) return false
    const word = acsWord(body.replace(/\s+/g, ' '), 'ACSCtl')
    if (word === undefined) return false
    this.#words.add(word)
    this.#count++
    return true
  }

  end(): readonly MachineFacts[] {
    const [word] = this.#words
    if (word === undefined) return []
    if (this.#words.size > 1) {
      return [
        machineFacts(this.#name, 'ACSCtl lines', {
          notes: [`${this.#count} ACSCtl lines stand without their functions, and differ: they tell nothing`],
        }),
      ]
    }
    return [
      machineFacts(this.#name, 'ACSCtl lines', {
        everyAcs: word,
        notes: [`all ${this.#count} ACSCtl lines are the same: every function with ACS is taken to have that word`],
      }),
    ]
  }

  tooLittle(): UsageError | undefined {
    return this.#count === 0 ? undefined : onlyAcsLines(this.#name, this.#count)
  }
}
