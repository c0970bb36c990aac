/** Sessions of the README that leave out more than their beginning and end: what they do show is said, and in that order. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from './barter.ts'
import { called } from './called.ts'

/** Where something is left out, or may be: whole lines are as well. */
const LEFT_OUT = /\[\.\.\.\]|\n/
/** `$ npx barter ...` in a block without a mark by which `npm run readme` writes it, and all up to the next command. */
const BLOCK = /(?<!-->\n\n)```\n(\$ npx barter [^]*?)```/g
const sessions = [...readFileSync(join(root, 'README.md'), 'utf8').matchAll(BLOCK)]
  .flatMap(([, block = '']) => block.split(/^\$ npx barter /m).slice(1))
  .map((session) => session.split(/\n([^]*)/))

/** Lines may end elsewhere where something is left out before. */
const inOneLine = (text: string): string => text.replaceAll(/\s+/g, ' ').trim()

test('there are some, of exploring', () => {
  expect(sessions.map(([command]) => command)).toEqual(['explore close-while-writing', 'explore type1-in-reset'])
})

test.each(sessions)('barter %s', async (command, shown = '') => {
  const { out } = await called(command?.split(' ') ?? [])
  const said = inOneLine(out)
  let end = 0
  for (const piece of shown.split(LEFT_OUT).map(inOneLine)) {
    const at = said.indexOf(piece, end)
    expect(at, `${piece}\nis not in what is said from here on:\n${said.slice(end)}`).toBeGreaterThanOrEqual(end)
    end = at + piece.length
  }
})
