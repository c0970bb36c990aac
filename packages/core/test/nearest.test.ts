import { expect, test } from 'vitest'
import { nearest } from '../src/nearest.ts'

test('the closest known word is offered, and nothing when none is close', () => {
  expect(nearest('exprot', ['open', 'export', 'import'])).toBe('did you mean export?')
  expect(nearest('frobnicate', ['open', 'export', 'import'])).toBeUndefined()
  expect(nearest('x'.repeat(1_000_000), ['open'])).toBeUndefined()
})
