/** The first line of a function in the output of lspci: name, class, vendor and device. */
import { type Bdf, parseBdf } from '@barter/core'
import { classCodeOf } from '../ids/class-names.ts'

export interface HeaderLine {
  /** `undefined` where only a path names it (`-P`). */
  readonly bdf: Bdf | undefined
  /** Names of the bridges from the root bus down to it, as the line has them; one for a line without a path. */
  readonly path: readonly string[]
  /** Base class and subclass, 16 bits; `undefined` for a word that nobody knows. */
  readonly classWord: number | undefined
  readonly programmingInterface: number | undefined
  readonly vendor: number | undefined
  readonly device: number | undefined
  /** Vendor and device in words. */
  readonly name: string | undefined
}

const NAME =
  /^((?:[0-9a-f]{4,8}:)?[0-9a-f]{2}:[01][0-9a-f]\.[0-7])((?:\/(?:[0-9a-f]{2}:)?[01][0-9a-f]\.[0-7])*)\s+(\S.*)$/i
/** `Class words [0604]: rest`, `Class 0604: rest`, `0604: 8086:1234`. */
const CLASS = /^(?:(?:Class )?\[?([0-9a-f]{4})\]?|([^:[\]]{2,80}?)(?: \[([0-9a-f]{4})\])?): +(.*)$/i
const IDS_AT_END = /\s*\[([0-9a-f]{4}):([0-9a-f]{4})\]$/i
const ONLY_IDS = /^(?:Device )?([0-9a-f]{4}):([0-9a-f]{4})$/i
const UNKNOWN_DEVICE = /^(.*?)(?:: Unknown device|(?:^| )Device) ([0-9a-f]{4})$/i
const PROG_IF = /\s*\(prog-if ?([0-9a-f]{2})(?: ?\[[^\]]*\])?\)/i
const REVISION = /\s*\(rev ?[0-9a-f]{2}\)/i

/** **Shape** `undefined`: the line does not begin with the name of a function. Words may follow on further lines. */
export function startsFunction(body: string): boolean {
  return NAME.test(body)
}

export function headerLine(text: string): HeaderLine | undefined {
  const [, first = '', more = '', after = ''] = NAME.exec(text) ?? []
  if (first === '') return undefined
  const path = [first, ...more.split('/').slice(1)].map((part) => part.toLowerCase())
  const [, bare, word, coded, rest = ''] = CLASS.exec(after) ?? []
  const code = coded ?? bare
  const progIf = PROG_IF.exec(rest)?.[1]
  const what = rest.replace(PROG_IF, '').replace(REVISION, '').trim()
  return {
    bdf: functionOf(path),
    path,
    classWord: code !== undefined ? parseInt(code, 16) : word === undefined ? undefined : classCodeOf(word),
    programmingInterface: progIf === undefined ? undefined : parseInt(progIf, 16),
    ...identity(what),
  }
}

/** The name itself, or the last of a path whose parts have bus numbers (`-PP`). */
function functionOf(path: readonly string[]): Bdf | undefined {
  const first = path[0] ?? ''
  const last = path.at(-1) ?? ''
  if (path.length === 1) return parseBdf(first)
  if (!last.includes(':')) return undefined
  const domain = first.split(':').length > 2 ? `${first.split(':')[0] ?? ''}:` : ''
  return parseBdf(`${domain}${last}`)
}

function identity(what: string): Pick<HeaderLine, 'vendor' | 'device' | 'name'> {
  const [, onlyVendor, onlyDevice] = ONLY_IDS.exec(what) ?? []
  if (onlyVendor !== undefined && onlyDevice !== undefined)
    return { vendor: parseInt(onlyVendor, 16), device: parseInt(onlyDevice, 16), name: undefined }
  const [, vendor, device] = IDS_AT_END.exec(what) ?? []
  const name = what.replace(IDS_AT_END, '').trim()
  if (vendor !== undefined && device !== undefined)
    return { vendor: parseInt(vendor, 16), device: parseInt(device, 16), name: orNothing(name) }
  return { vendor: undefined, device: deviceInName(name), name: orNothing(name) }
}

/** `Intel Corporation Device 09a2` tells the device, and the vendor by its name alone. */
function deviceInName(name: string): number | undefined {
  const digits = UNKNOWN_DEVICE.exec(name)?.[2]
  return digits === undefined ? undefined : parseInt(digits, 16)
}

/** The vendor's words in a name that ends with the digits of a device. */
export function vendorWords(name: string): string | undefined {
  return UNKNOWN_DEVICE.exec(name)?.[1]?.trim()
}

const orNothing = (text: string): string | undefined => (text === '' ? undefined : text)
