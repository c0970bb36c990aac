/** The output of lspci, of any verbosity, with or without bytes, as it comes out of mails and terminals. */
import { type Bdf, busName, bdfParts, formatBdf, parseBdf, type UsageError } from '@barter/core'
import { plainLspci } from '../errors.ts'
import { IdBook } from '../ids/id-book.ts'
import type { FunctionFacts } from '../machine/function-facts.ts'
import { type MachineFacts, machineFacts } from '../machine/machine-facts.ts'
import { GROUPS_WITHOUT_TYPE } from '../sysfs/iommu.ts'
import type { LineReader } from '../text/line-reader.ts'
import type { TextLine } from '../text/text-line.ts'
import { type Block, BlockBuilder } from './block.ts'
import { factsOfBlock, factsOfHex, looksComplete } from './facts-of-block.ts'
import { startsFunction } from './header-line.ts'
import { hasKey } from './sections.ts'

/** More functions than any machine has. */
const MOST_BLOCKS = 200_000
/** A code fence, or the prompt of a shell with the next command. */
const NEW_COMMAND = /^(```|~~~|\S*[@:~]\S*[$#] +\S|\$ \S)/

/** A line of the kernel's log: it came between the others, as on a console. */
const KERNEL_LOG = /^(?:<\d>)?\[ *\d+\.\d{6}\] /

export class LspciReader implements LineReader {
  readonly #name: string
  readonly #book: IdBook
  readonly #blocks: Block[] = []
  #current: BlockBuilder | undefined
  #indent = 0
  #afterBlank = false
  /** Blocks whose class is no word of lspci, and that nothing else confirmed. */
  #doubtful = 0

  constructor(name: string, book = new IdBook()) {
    this.#name = name
    this.#book = book
  }

  get found(): boolean {
    return this.#blocks.length > 0 || this.#current !== undefined
  }

  take(line: TextLine): boolean {
    if (line.body === '') {
      this.#afterBlank = true
      return this.#current !== undefined
    }
    if (startsFunction(line.body)) {
      this.#close()
      if (this.#blocks.length >= MOST_BLOCKS) return true
      this.#current = new BlockBuilder(line)
      this.#indent = line.indent
      this.#afterBlank = false
      return true
    }
    if (this.#current === undefined) return false
    if (this.#current.takeHex(line)) return true
    if (KERNEL_LOG.test(line.body)) return false
    if (NEW_COMMAND.test(line.body)) {
      this.#close()
      return false
    }
    // Behind a blank line only what is set in, or says what it is, can still belong to the function.
    if (this.#afterBlank && line.indent <= this.#indent && !KNOWN.test(line.body)) return false
    if (
      !this.#afterBlank &&
      !this.#current.verbose &&
      line.indent <= this.#indent &&
      !hasKey(line) &&
      line.body.length > 160
    )
      return false
    this.#current.takeWords(line)
    return true
  }

  end(): readonly MachineFacts[] {
    this.#close(true)
    if (this.#blocks.length === 0) return []
    const named = withNames(this.#blocks)
    const texts = named.blocks.filter(({ block }) => block.verbose)
    const hexes = named.blocks.filter(({ block }) => block.hex !== undefined)
    if (texts.length === 0 && hexes.length === 0 && !named.blocks.some(({ block }) => block.header.path.length > 1))
      return []
    const parts: MachineFacts[] = []
    if (hexes.length > 0) {
      const functions = hexes.map(({ bdf, block }) => factsOfHex(bdf, block, this.#book))
      parts.push(this.#part('lspci hex', functions, [], []))
    }
    const spoken = hexes.length > 0 && texts.length === 0 ? [] : named.blocks
    if (spoken.length > 0) {
      const facts = factsOfBlock(spoken, this.#book)
      parts.push(
        this.#part('lspci text', facts.functions, facts.limits, [...facts.notes, ...this.#leftOut(named.lost)]),
      )
    }
    return parts
  }

  tooLittle(): UsageError | undefined {
    if (this.#blocks.length === 0) return undefined
    return plainLspci(this.#name, this.#blocks.length)
  }

  #part(
    format: MachineFacts['format'],
    functions: readonly FunctionFacts[],
    limits: readonly string[],
    notes: readonly string[],
  ): MachineFacts {
    const grouped = functions.some(({ iommuGroup }) => iommuGroup !== undefined)
    return machineFacts(this.#name, format, {
      functions,
      complete: looksComplete(functions),
      lacks: grouped ? { iommu: GROUPS_WITHOUT_TYPE } : {},
      limits,
      notes,
    })
  }

  #leftOut(lost: number): string[] {
    return [
      ...(lost > 0 ? [`${lost} functions are left out: the bus numbers of the bridges above them are missing`] : []),
      ...(this.#doubtful > 0
        ? [`${this.#doubtful} lines that begin like a function are left out, as nothing of what lspci prints follows`]
        : []),
    ]
  }

  #close(last = false): void {
    const builder = this.#current
    this.#current = undefined
    if (builder === undefined) return
    const block = builder.certain ? builder.end(last) : undefined
    if (block === undefined) this.#doubtful++
    else this.#blocks.push(block)
  }
}

const KNOWN =
  /^(Subsystem|Control|Status|Flags|Latency|Interrupt|NUMA node|IOMMU group|(\[\w+\] )?Region \d|Memory at|I\/O ports|Expansion ROM|Bus|I\/O behind|Memory behind|Prefetchable memory|Secondary status|BridgeCtl|Capabilities|ACSC(ap|tl)|Kernel|Dev(Cap|Ctl|Sta)|IOV(Cap|Ctl)|VF offset|Initial VFs)\b/

export interface NamedBlock {
  readonly bdf: Bdf
  readonly block: Block
}

/**
 * Names for functions that a path names (`-P`): the last part, on the bus below the bridge that the rest names.
 * **Shape** `lost`: how many have none.
 */
function withNames(blocks: readonly Block[]): { readonly blocks: readonly NamedBlock[]; readonly lost: number } {
  const busBelow = new Map<string, string>()
  const named: NamedBlock[] = []
  const sorted = blocks.toSorted((a, b) => a.header.path.length - b.header.path.length)
  for (const block of sorted) {
    const { path } = block.header
    const bdf = block.header.bdf ?? below(busBelow.get(path.slice(0, -1).join('/')), path.at(-1) ?? '')
    if (bdf === undefined) continue
    named.push({ bdf, block })
    const secondary = block.words.buses?.[1]
    if (secondary !== undefined) busBelow.set(path.join('/'), busName(bdfParts(bdf).domain, secondary))
  }
  return { blocks: named, lost: blocks.length - named.length }
}

function below(bus: string | undefined, last: string): Bdf | undefined {
  const bdf = bus === undefined ? undefined : parseBdf(`${bus}:${last}`)
  return bdf === undefined ? undefined : formatBdf(bdfParts(bdf))
}
