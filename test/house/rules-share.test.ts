/** How much of the specification is modelled; it may only grow. */
import { expect, test } from 'vitest'
import { lookAtRules } from '../../scripts/rules-page.js'
import { percent, stockText, takeStock } from '../../scripts/rules/stock.js'
import { root } from '../../scripts/set-up.js'

/** Per cent. */
const REACHED = 97

test('the share of rules that are modelled does not sink', () => {
  const { share } = takeStock(lookAtRules(root).judged)
  expect(Number(percent(share))).toBeGreaterThanOrEqual(REACHED)
})

const rule = (id: string, state: string, evidence = 'source') => [id, { rule: { id, evidence }, state }] as const

test('what is modelled in part, or left out, does not count; an open question counts neither way', () => {
  const stock = takeStock(
    new Map([
      rule('A-1', 'modelled'),
      rule('A-2', 'partly'),
      rule('B-1', 'not yet'),
      rule('B-2', 'not'),
      rule('B-3', 'modelled'),
      rule('B-4', 'modelled', 'open'),
      rule('B-5', 'partly', 'open'),
    ]),
  )
  expect(stockText(stock)).toEqual([
    'family  modelled  partly  not yet     not    open',
    'A              1       1        .       .       .',
    'B              1       .        1       1       2',
    'modelled: 2 of 5 rules that are no open question, 40.0 %',
  ])
})

test('a share is cut, not rounded', () => {
  expect([percent(0.96999), percent(0.97), percent(1)]).toEqual(['96.9', '97.0', '100.0'])
})
