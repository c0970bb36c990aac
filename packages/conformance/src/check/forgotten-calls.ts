/** Where in a code a function is called and nothing becomes of what it gives: by the looks of the text alone. */

/** Behind these a line goes on with what the line before began. */
const GOES_ON = /[(,[=>&|?:+.]\s*$/
/** Also as compilers have it for what is imported: `(0, core.sleep)(20)`. */
const RECEIVER = /(?:\(0,\s*)?(?:[\w$#]+\s*\??\.\s*)*$/

/**
 * **Shape** places in the code, of the name: calls that are statements of their own, else all but those behind `yield*`, else
 * none. A function without a name is called nowhere.
 */
export function forgottenCalls(code: string, name: string): readonly number[] {
  if (!/^#?[\w$]+$/.test(name)) return []
  const calls = [...code.matchAll(new RegExp(`(?<![\\w$#])${name.replaceAll('$', '\\$')}\\s*\\)?\\(`, 'g'))]
    .map(({ index }) => ({ index, before: code.slice(Math.max(0, index - 200), index).replace(RECEIVER, '') }))
    .filter(({ index, before }) => !isDefinition(code, index, before) && !/yield\s*\*\s*$/.test(before))
  const statements = calls.filter(
    ({ before }) => /(?:^|[\n;{})]|\belse)\s*$/.test(before) && !GOES_ON.test(before.trimEnd()),
  )
  return (statements.length > 0 ? statements : calls).map(({ index }) => index)
}

/** `*name(` and `function name(`; a call is not followed by a body. */
const isDefinition = (code: string, index: number, before: string): boolean =>
  (/\*\s*$/.test(before) && !/yield\s*\*\s*$/.test(before)) ||
  /\bfunction\s*$/.test(before) ||
  /^[^;{}()]*\([^()]*\)\s*\{/.test(code.slice(index, index + 400))
