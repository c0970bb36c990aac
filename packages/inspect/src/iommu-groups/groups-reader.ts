/** Listings of IOMMU groups: of scripts that walk /sys/kernel/iommu_groups, of `find` and `ls` there, and of the kernel. */
import { type Bdf, parseBdf } from '@barter/core'
import type { IdBook } from '../ids/id-book.ts'
import { headerLine } from '../lspci/header-line.ts'
import { factsOf, type FunctionFacts } from '../machine/function-facts.ts'
import { type MachineFacts, machineFacts } from '../machine/machine-facts.ts'
import { placeOf } from '../machine/place.ts'
import { GROUPS_WITHOUT_TYPE } from '../sysfs/iommu.ts'
import type { LineReader } from '../text/line-reader.ts'
import type { TextLine } from '../text/text-line.ts'

const MOST = 200_000
const NAME = '((?:[0-9a-f]{4,8}:)?[0-9a-f]{2}:[01][0-9a-f]\\.[0-7])'
/** `IOMMU Group 7:`, and on one line with a function. */
const GROUP = /^IOMMU group:? (\d{1,9})\b:?\s*(.*)$/i
const DEVICE = new RegExp(`^(?:Group Device: )?${NAME}(?: -)?\\s+(\\S.*)$`, 'i')
const PATH = new RegExp(`/kernel/iommu_groups/(\\d{1,9})/devices/${NAME}`, 'i')
const FOLDER = /^\S*\/kernel\/iommu_groups\/(\d{1,9})\/devices\/?:$/
const LINK = new RegExp(`${NAME} -> (\\S+)$`, 'i')
const KERNEL = new RegExp(`\\bpci ${NAME}: Adding to iommu group (\\d{1,9})\\b`, 'i')

export class GroupsReader implements LineReader {
  readonly #name: string
  readonly #book: IdBook
  readonly #groups = new Map<Bdf, number>()
  readonly #functions = new Map<Bdf, FunctionFacts>()
  #twice = 0
  #current: number | undefined

  constructor(name: string, book: IdBook) {
    this.#name = name
    this.#book = book
  }

  get found(): boolean {
    return this.#groups.size > 0
  }

  take({ body }: TextLine): boolean {
    if (this.#current === undefined && !/iommu.?group/i.test(body)) return false
    // So lspci writes it below a function.
    if (/^IOMMU group: \d+$/.test(body)) return false
    const [, group, rest = ''] = GROUP.exec(body) ?? []
    if (group !== undefined) {
      this.#current = Number(group)
      return rest === '' || this.#device(rest)
    }
    const folder = FOLDER.exec(body)?.[1]
    if (folder !== undefined) {
      this.#current = Number(folder)
      return true
    }
    const path = PATH.exec(body)
    if (path !== null) return this.#put(path[2], Number(path[1]))
    const told = KERNEL.exec(body)
    if (told !== null) return this.#put(told[1], Number(told[2]))
    return this.#current !== undefined && this.#member(body)
  }

  end(): readonly MachineFacts[] {
    if (this.#groups.size === 0) return []
    return [
      machineFacts(this.#name, 'IOMMU groups', {
        functions: [...this.#functions.values()],
        groups: this.#groups,
        lacks: { iommu: GROUPS_WITHOUT_TYPE },
        notes: this.#twice > 0 ? [`${this.#twice} functions are listed in two IOMMU groups: the first is taken`] : [],
      }),
    ]
  }

  /** A line in the list of a group. */
  #member(body: string): boolean {
    if (body === '' || /^total \d+$/.test(body)) return true
    const link = LINK.exec(body)
    if (link !== null) {
      const taken = this.#put(link[1], this.#current)
      const bdf = parseBdf(link[1] ?? '')
      const place = placeOf(link[2] ?? '')
      if (bdf !== undefined && place !== undefined) this.#functions.set(bdf, factsOf(bdf, { nameOnly: true, place }))
      return taken
    }
    if (this.#device(body)) return true
    this.#current = undefined
    return false
  }

  #device(text: string): boolean {
    const [, name, words = ''] = DEVICE.exec(text) ?? []
    const bdf = parseBdf(name ?? '')
    if (bdf === undefined) return false
    const header = headerLine(`${bdf} ${words}`)
    // Without a class that lspci prints, it is a sentence that begins with a name.
    if (header?.classWord === undefined) return false
    if (!this.#functions.has(bdf) && this.#functions.size < MOST) {
      const ids =
        header.vendor === undefined && header.name !== undefined ? this.#book.find(header.name, header.device) : header
      this.#functions.set(
        bdf,
        factsOf(bdf, {
          bridgesHidden: true,
          classCode: header.classWord * 0x100 + (header.programmingInterface ?? 0),
          vendor: ids.vendor,
          device: ids.device,
          name: header.name,
        }),
      )
    }
    return this.#put(name, this.#current)
  }

  #put(name: string | undefined, group: number | undefined): boolean {
    const bdf = parseBdf(name ?? '')
    if (bdf === undefined || group === undefined) return false
    const known = this.#groups.get(bdf)
    if (known === undefined && this.#groups.size < MOST) this.#groups.set(bdf, group)
    else if (known !== undefined && known !== group) this.#twice++
    return true
  }
}
