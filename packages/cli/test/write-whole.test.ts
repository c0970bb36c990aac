/** Files that are written whole, and what is no file. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { writeSomewhere, writeWhole } from '../src/write-whole.ts'

const scratch = mkdtempSync(join(tmpdir(), 'barter-write-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

const isDevice = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isCharacterDevice() === true

test('a file is there when it is whole, and is replaced only by who says so', () => {
  writeWhole('a.txt', ['one', Buffer.from(' two')], scratch, false)
  expect(() => writeWhole('a.txt', ['three'], scratch, false)).toThrow(
    expect.objectContaining({ code: 'OUTPUT_EXISTS' }),
  )
  expect(readFileSync(join(scratch, 'a.txt'), 'utf8')).toBe('one two')
  writeWhole('a.txt', ['three'], scratch, true)
  expect(readFileSync(join(scratch, 'a.txt'), 'utf8')).toBe('three')
  expect(readdirSync(scratch)).toEqual(['a.txt'])
})

test('what must not be lost gets another name where somebody took its own', () => {
  const names = ['one', 'two', 'three'].map((text) => writeSomewhere('kept', () => [text], scratch))
  expect(names).toEqual(['kept', 'kept.2', 'kept.3'])
  expect(names.map((name) => readFileSync(join(scratch, name), 'utf8'))).toEqual(['one', 'two', 'three'])
})

test.skipIf(!isDevice('/dev/null'))('a device is written to, and stays one', () => {
  for (const overwrite of [false, true]) {
    writeWhole('/dev/null', ['anything'], scratch, overwrite)
    expect(isDevice('/dev/null')).toBe(true)
  }
})

test.skipIf(!isDevice('/dev/full'))('a device that takes nothing is told of', () => {
  const fails = expect.objectContaining({ code: 'OUTPUT_FAILED', message: '/dev/full cannot be written: ENOSPC' })
  expect(() => writeWhole('/dev/full', ['anything'], scratch, false)).toThrow(fails)
  expect(isDevice('/dev/full')).toBe(true)
})
