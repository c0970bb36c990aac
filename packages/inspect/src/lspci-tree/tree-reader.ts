/**
 * `lspci -t`, with or without `-v`: the tree drawn with lines. A function belongs to the bus whose mark, a `+`, stands
 * above its own in the same column.
 */
import { type Bdf, bdfParts, busName, formatBdf, parseBdf } from '@barter/core'
import { classByWords } from '../ids/class-by-words.ts'
import type { IdBook } from '../ids/id-book.ts'
import { factsOf, type FunctionFacts } from '../machine/function-facts.ts'
import { type MachineFacts, machineFacts } from '../machine/machine-facts.ts'
import type { LineReader } from '../text/line-reader.ts'
import type { TextLine } from '../text/text-line.ts'

interface Bus {
  readonly name: string
  /** Functions on the way down to it; none for a root bus. */
  readonly way: readonly Bdf[]
  readonly hostBridge: string
}

const MOST_FUNCTIONS = 200_000
/** How a line of a tree begins: lines and spaces, then a mark. */
const LINE = /^[ |]*(?:[+\\]-|-\+-|-\[)/
/** Frames of other tables have the marks, and no functions or buses. */
const NAMES = /[01][0-9a-f]\.[0-7]|\[[0-9a-f]{2,}/
const ROOT = /^\[(?:([0-9a-f]{4,8}):)?([0-9a-f]{2})(?:-[0-9a-f]{2})?\]/
const BELOW = /^-?\[([0-9a-f]{2})(?:-([0-9a-f]{2}))?\]/
const FUNCTION = /^([01][0-9a-f])\.([0-7])/
const CLASS_PCI_BRIDGE = 0x06_0400

export class TreeReader implements LineReader {
  readonly #name: string
  readonly #book: IdBook
  readonly #functions = new Map<Bdf, FunctionFacts>()
  /** The bus at each column; `root`: where root buses hang. */
  readonly #columns = new Map<number, Bus | 'root'>()
  #lost = 0
  #classesGuessed = false

  constructor(name: string, book: IdBook) {
    this.#name = name
    this.#book = book
  }

  get found(): boolean {
    return this.#functions.size > 0
  }

  take({ raw }: TextLine): boolean {
    if (!LINE.test(raw) || !NAMES.test(raw)) return false
    // A tree is what has a root; other drawings have these lines too.
    if (this.#columns.size === 0 && !/^ *-(?:\+-)?\[/.test(raw)) return false
    this.#line(raw)
    return true
  }

  end(): readonly MachineFacts[] {
    if (this.#functions.size === 0) return []
    const functions = [...this.#functions.values()]
    const named = functions.some(({ name }) => name !== undefined)
    return [
      machineFacts(this.#name, 'lspci tree', {
        functions,
        complete: functions.some(({ bdf }) => bdf.endsWith(':00:00.0')),
        limits: [
          'lspci -t has the tree, but no registers: no ACS, no BARs',
          ...(named && this.#classesGuessed ? ['lspci -t has no classes: they are taken from the names'] : []),
        ],
        notes: [...(this.#lost > 0 ? [`${this.#lost} lines of a tree hang on nothing and are left out`] : [])],
      }),
    ]
  }

  #line(raw: string): void {
    let at = raw.search(/[+\\-]/)
    let bus: Bus | 'root' | undefined
    if (raw[at] === '-') {
      // The first line of a tree: older marks count no more.
      this.#columns.clear()
      bus = 'root'
    } else {
      bus = this.#columns.get(at)
      at++
    }
    if (bus === undefined) {
      this.#lost++
      return
    }
    for (let steps = 0; at < raw.length && steps < 1024; steps++) {
      if (raw[at] === '-' && !BELOW.test(raw.slice(at))) {
        at++
        continue
      }
      if (raw[at] === '+') {
        this.#columns.set(at, bus)
        at++
        continue
      }
      const step = this.#step(raw.slice(at), bus)
      if (step === undefined) return
      at += step.length
      bus = step.bus
    }
  }

  /** A bus or a function at the beginning of `text`. **Shape** `undefined`: the end of what is drawn. */
  #step(text: string, bus: Bus | 'root'): { readonly length: number; readonly bus: Bus } | undefined {
    if (bus === 'root') {
      const root = ROOT.exec(text)
      if (root === null) return undefined
      const name = busName(parseInt(root[1] ?? '0', 16), parseInt(root[2] ?? '0', 16))
      return { length: root[0].length, bus: { name, way: [], hostBridge: name } }
    }
    const found = FUNCTION.exec(text)
    const bdf = found === null ? undefined : parseBdf(`${bus.name}:${found[0]}`)
    if (found === null || bdf === undefined) return undefined
    const way = [...bus.way, bdf]
    const place = { hostBridge: bus.hostBridge, way }
    const rest = text.slice(found[0].length)
    const below = BELOW.exec(rest)
    if (below === null) {
      this.#add(bdf, { place, ...this.#identity(/^ {1,4}(\S.*)$/.exec(rest)?.[1]?.trim()) })
      return undefined
    }
    const secondary = parseInt(below[1] ?? '', 16)
    this.#add(bdf, {
      place,
      classCode: CLASS_PCI_BRIDGE,
      secondary,
      subordinate: below[2] === undefined ? secondary : parseInt(below[2], 16),
    })
    const name = busName(bdfParts(bdf).domain, secondary)
    return { length: found[0].length + below[0].length, bus: { name, way, hostBridge: bus.hostBridge } }
  }

  #identity(words: string | undefined): Partial<FunctionFacts> {
    if (words === undefined) return {}
    const [, , vendor, device] = /^(.*?)\s*\[?([0-9a-f]{4}):([0-9a-f]{4})\]?$/i.exec(words) ?? []
    const name = words.replace(/\s*\[[0-9a-f]{4}:[0-9a-f]{4}\]$/i, '')
    const digits = /\bDevice ([0-9a-f]{4})$/.exec(name)?.[1]
    const ids =
      vendor !== undefined && device !== undefined
        ? { vendor: parseInt(vendor, 16), device: parseInt(device, 16) }
        : this.#book.find(name, digits === undefined ? undefined : parseInt(digits, 16))
    const classCode = classByWords(name)
    if (classCode !== undefined) this.#classesGuessed = true
    return { name, vendor: ids.vendor, device: ids.device, classGuess: classCode }
  }

  #add(bdf: Bdf, known: Partial<FunctionFacts>): void {
    if (this.#functions.size >= MOST_FUNCTIONS || this.#functions.has(bdf)) return
    this.#functions.set(formatBdf(bdfParts(bdf)), factsOf(bdf, known))
  }
}
