/** Names of PCI functions: `dddd:bb:dd.f`, lower-case hex, as sysfs writes them. Domains may need more than four digits. */
declare const brand: unique symbol
export type Bdf = string & { readonly [brand]: 'bdf' }

export interface BdfParts {
  readonly domain: number
  readonly bus: number
  readonly device: number
  readonly function: number
}

const FULL = /^([0-9a-f]{4,8}):([0-9a-f]{2}):([01][0-9a-f])\.([0-7])$/
const SHORT = /^([0-9a-f]{2}):([01][0-9a-f])\.([0-7])$/

/** Read a full name, or a short one (`03:00.0`) as of domain 0. `undefined` when it is no such name. */
export function parseBdf(text: string): Bdf | undefined {
  const name = text.trim().toLowerCase()
  if (FULL.test(name)) return canonical(name)
  if (SHORT.test(name)) return `0000:${name}` as Bdf
  return undefined
}

export function bdfParts(bdf: Bdf): BdfParts {
  const match = FULL.exec(bdf)
  if (match === null) throw new TypeError(`not a PCI function name: ${bdf}`)
  const [, domain = '', bus = '', device = '', fn = ''] = match
  return { domain: parseInt(domain, 16), bus: parseInt(bus, 16), device: parseInt(device, 16), function: Number(fn) }
}

export function formatBdf(parts: BdfParts): Bdf {
  return `${busName(parts.domain, parts.bus)}:${hexDigits(parts.device, 2)}.${parts.function}` as Bdf
}

/** Name of a bus, `dddd:bb`; a host bridge is named by its root bus. */
export function busName(domain: number, bus: number): string {
  return `${hexDigits(domain, 4)}:${hexDigits(bus, 2)}`
}

/** Order of domain, bus, device, function. */
export function compareBdf(a: Bdf, b: Bdf): number {
  const x = bdfParts(a)
  const y = bdfParts(b)
  return x.domain - y.domain || x.bus - y.bus || x.device - y.device || x.function - y.function
}

const hexDigits = (value: number, digits: number): string => value.toString(16).padStart(digits, '0')

/** Drop leading zeros of a domain beyond four digits, so that one function has one name. */
function canonical(name: string): Bdf {
  const [domain = '', ...rest] = name.split(':')
  return [domain.replace(/^0+(?=[0-9a-f]{4})/, ''), ...rest].join(':') as Bdf
}
