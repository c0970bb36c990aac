/** Commands that are copied into a shell: a line ends between two words, wherever the width of the terminal lies. */
import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { shellCommand } from '../src/render/shell-command.ts'

const FIRST = 'again: '
const WORDS = ['barter', 'replay', 'a b', 'plugin.how=worker with an old table', "it's", '$HOME `x` "y"', 'plain', '']
const widths = Array.from({ length: 100 }, (_, width) => width)
const commandAt = (width: number): string => shellCommand(FIRST, WORDS, width).slice(FIRST.length)

test('a shell reads the words that were meant, whatever the width', () => {
  const each = [...new Set(widths.map(commandAt))]
  const script = each.map((command) => `${command.replace('barter', "printf '%s\\0'")}\nprintf '\\n\\0'`).join('\n')
  const { status, stdout } = spawnSync('sh', ['-c', script], { encoding: 'utf8' })
  expect(status).toBe(0)
  const read = stdout.split('\n\0').slice(0, -1)
  expect(read.map((words) => words.split('\0').slice(0, -1))).toEqual(each.map(() => WORDS.slice(1)))
})

test('a line is as wide as it may be at most, or one word', () => {
  for (const width of widths) {
    for (const line of shellCommand(FIRST, ['a'.repeat(9), 'b b', 'c', 'd'.repeat(40)], width).split('\n')) {
      const words = line.replace(FIRST, '').replace(/ \\$/, '').trim()
      if (line.length > width) expect(words).toMatch(/^(\w+|'b b')$/)
    }
  }
})
