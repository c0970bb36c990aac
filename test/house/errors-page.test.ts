import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')

function sources(): string[] {
  return ['packages', 'plugins'].flatMap((kind) =>
    readdirSync(join(root, kind)).flatMap((room) =>
      readdirSync(join(root, kind, room, 'src'), { recursive: true, encoding: 'utf8' })
        .filter((path) => path.endsWith('.ts'))
        .map((path) => readFileSync(join(root, kind, room, 'src', path), 'utf8')),
    ),
  )
}

test('docs/errors.md has a line for each code of a UsageError, sorted, and no other', () => {
  const used = sources().flatMap((text) =>
    [...text.matchAll(/new UsageError\(\s*'([A-Z_]+)'/g)].map(([, code]) => code),
  )
  const page = readFileSync(join(root, 'docs/errors.md'), 'utf8')
  const listed = [...page.matchAll(/^\| `([A-Z_]+)`/gm)].map(([, code]) => code)
  expect(listed).toEqual([...new Set(used)].sort())
})
