/** A line as the program printed it, from what web pages and word processors made of its characters. */

/** Tags that a page puts around a listing. Others may be words of lspci, as `<access denied>`. */
const TAG = /<\/?(?:!doctype|html|head|body|title|meta|pre|code|div|span|p|br|b|i|a|font|blockquote)(?:\s[^<>]*)?\/?>/gi
const ENTITY = /&(?:(lt|gt|amp|quot|apos|nbsp)|#(\d{1,5})|#x([0-9a-f]{1,4}));/gi
const NAMED: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'", nbsp: ' ' }
/** Hyphens, dashes and the minus sign: what stands behind a bit that is off. */
const DASH = /[\u2010-\u2014\u2212]/g

export function plainCharacters(text: string): string {
  const page = text.includes('<') ? text.replace(TAG, '') : text
  const plain = page.includes('&') ? page.replace(ENTITY, meant) : page
  return plain.replaceAll('\u00a0', ' ').replace(DASH, '-')
}

function meant(entity: string, name: string | undefined, decimal: string | undefined, hex: string | undefined): string {
  if (name !== undefined) return NAMED[name.toLowerCase()] ?? entity
  return String.fromCharCode(decimal === undefined ? parseInt(hex ?? '', 16) : Number(decimal))
}
