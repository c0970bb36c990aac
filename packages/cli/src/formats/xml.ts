/** Text for XML: attributes and content, without characters that XML cannot hold. */

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
}

export function xmlText(text: string): string {
  // eslint has no say in what XML 1.0 forbids: control characters but for tab and line ends, and lone surrogates.
  const allowed = [...text].filter((letter) => {
    const code = letter.codePointAt(0) ?? 0
    const isSurrogate = code >= 0xd800 && code <= 0xdfff
    return (
      code === 9 || code === 10 || code === 13 || (code >= 32 && !isSurrogate && code !== 0xfffe && code !== 0xffff)
    )
  })
  return allowed.join('').replace(/[&<>"']/g, (letter) => ENTITIES[letter] ?? '')
}

/** **Shape** attributes in their order; those that are `undefined` are left out. */
export function xmlTag(
  name: string,
  attributes: Readonly<Record<string, string | number | undefined>>,
  end = '/>',
): string {
  const words = Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined ? [] : [` ${key}="${xmlText(String(value))}"`],
  )
  return `<${name}${words.join('')}${end}`
}
