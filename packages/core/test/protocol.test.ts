import { drive, instantStep, protocolStep, runSteps, type Trace, type TraceFact } from '@barter/core'
import { expect, test } from 'vitest'

const traced = (on: boolean) => {
  const facts: TraceFact[] = []
  const trace: Trace = { on, emit: (fact) => facts.push(fact) }
  return { facts, trace }
}

const steps = [
  instantStep<string[]>('first', 'REV-2', (seen) => {
    seen.push('first')
  }),
  protocolStep<string[]>('second', 'REV-3', function* (seen) {
    seen.push('second')
  }),
]

test('REV-2: steps run in order, each from a point of its own, and are told', () => {
  const { facts, trace } = traced(true)
  const seen: string[] = []
  const op = runSteps(trace, 'revoke', 'buf', steps, seen)
  expect(op.next().value).toEqual({ kind: 'point', label: 'revoke buf: first' })
  expect(op.next().value).toEqual({ kind: 'point', label: 'revoke buf: second' })
  expect(seen).toEqual(['first'])
  expect(op.next().done).toBe(true)
  expect(seen).toEqual(['first', 'second'])
  expect(facts).toEqual([
    { kind: 'protocol', protocol: 'revoke', name: 'first', subject: 'buf', rule: 'REV-2' },
    { kind: 'protocol', protocol: 'revoke', name: 'second', subject: 'buf', rule: 'REV-3' },
  ])
})

test('nothing is told while nobody looks, and the first error ends the list', () => {
  const { facts, trace } = traced(false)
  const failing = [
    instantStep<string[]>('fails', 'REV-2', () => {
      throw new Error('no')
    }),
    ...steps,
  ]
  const seen: string[] = []
  expect(() => {
    drive(runSteps(trace, 'revoke', 'buf', failing, seen))
  }).toThrow('no')
  expect([facts, seen]).toEqual([[], []])
})
