/** Paths inside a tree: segments joined by `/`, without a leading one; the root is the empty text. */

export const joinPath = (...parts: readonly string[]): string => parts.filter((part) => part !== '').join('/')

/** The folder of an entry; the root's is the root. */
export const parentPath = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')))

export const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

/** Where a relative name leads from the folder `from`, `.` and `..` worked out; `undefined` when it leaves the tree. */
export function stepFrom(from: string, name: string): string | undefined {
  if (name.startsWith('/')) return undefined
  const path = from === '' ? [] : from.split('/')
  for (const part of name.split('/')) {
    if (part === '' || part === '.') continue
    if (part !== '..') path.push(part)
    else if (path.pop() === undefined) return undefined
  }
  return path.join('/')
}
