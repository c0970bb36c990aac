/** What a suite makes of the words that say what is known to be broken. */
import { expect, test } from 'vitest'
import { check } from '../src/check/check.ts'
import { type Breaks, suiteTests } from '../src/describe-chapters.ts'

const chapters = [
  {
    name: 'locking',
    checks: ['DMB-1', 'DMB-10', 'DMB-11'].map((rule) => check(rule, 'holds', () => undefined)),
  },
  { name: 'errors', checks: ['nic:dereg', 'nic:deregister'].map((says) => check('INV-28', says, () => undefined)) },
]

const broken = (breaks: Breaks): readonly string[] =>
  suiteTests({ title: 'a suite', chapters, breaks })
    .map(({ chapter, name }) => `${chapter}: ${name}`)
    .filter((name) => name.includes('is broken') || name.includes('breaks'))

test('words are whole: of DMB-1, DMB-10 and DMB-11 only the first begins with DMB-1', () => {
  expect(broken({ 'locking: DMB-1': 'why' })).toEqual(['locking: is broken, as said: why (DMB-1: holds)'])
  expect(broken({ 'errors: INV-28: nic:dereg': 'why' })).toEqual([
    'errors: is broken, as said: why (INV-28: nic:dereg)',
  ])
  expect(broken({ 'errors: INV-28': 'why' })).toHaveLength(2)
  expect(broken({ locking: 'why' })).toEqual(['locking: is broken, as said: why'])
})

test('words that name nothing are a test that fails', () => {
  expect(broken({ 'locking: DMB': 'why' })).toEqual([': breaks: locking: DMB'])
  const [last] = suiteTests({ title: 'a suite', chapters, breaks: { 'locking: DMB': 'why' } }).slice(-1)
  expect(() => last?.run()).toThrow('names locking: DMB, and there is no such chapter or test')
})
