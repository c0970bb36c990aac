import type { StepValue } from '@barter/core'
import { expect, test } from 'vitest'
import { answerText } from '../src/session/answer-text.ts'

test.each<[StepValue | undefined, string]>([
  [undefined, 'ok'],
  [null, 'ok'],
  ['0x0103', 'ok: 0x0103'],
  [7, 'ok: 7'],

  [{ size: 65536, count: 0, name: null, published: true }, 'ok: size 64 KiB, count 0, name none, published true'],
  [
    { start: 0x8000_0000, structPageBytes: 4096, value: 259 },
    'ok: start 0x80000000, structPageBytes 4 KiB, value 0x103',
  ],
  [{ ready: ['in', 'out'] }, 'ok: ready in out'],
  [
    [
      { bar: 0, length: 4096 },
      { bar: 2, length: 8192 },
    ],
    'ok: bar 0, length 4 KiB; bar 2, length 8 KiB',
  ],
  [{ nents: 1, entries: [{ address: 0, length: 4096 }] }, 'ok'],
  ['a'.repeat(200), `ok: ${'a'.repeat(119)}…`],
])('the answer %o reads %s', (value, text) => {
  expect(answerText(value)).toBe(text)
})

test('numbers of 64 bits are hex', () => {
  expect(answerText(0x1000n)).toBe('ok: 0x1000')
})
