import { type Shared, SharedCount, soloKernel, UNWATCHED } from '@barter/core'
import { expect, test } from 'vitest'

/** A count from `first`, and what it tells of what is done with it. */
function told(first: number, act: (count: SharedCount) => unknown): unknown[] {
  const said: unknown[] = []
  const tell = (how: keyof Shared) => [how, (value: number) => said.push(`${how} ${value}`)]
  const shared = Object.fromEntries((Object.keys(UNWATCHED) as (keyof Shared)[]).map(tell)) as unknown as Shared
  const gives = act(new SharedCount({ ...soloKernel(), shared: () => shared }, 'things', first))
  return gives === undefined ? said : [...said, gives]
}

test.each<[string, number, (count: SharedCount) => unknown, unknown[]]>([
  ['who only shows it looks at nothing', 3, (count) => count.now, [3]],
  ['who needs to know has looked', 3, (count) => count.read(), ['readValue 3', 3]],
  ['who sets it need not look', 3, (count) => count.write(5), ['writeValue 5']],
  ['who is told what came of a change has looked', 3, (count) => count.change(-1), ['readValue 3', 'writeValue 2', 2]],
  ['ups commute', 3, (count) => count.add(), ['addValue 4']],
  ['downs commute when nobody asks for the last', 1, (count) => count.take(), ['addValue 0']],
  ['a drop that leaves two or more commutes', 3, (count) => count.drop(), ['dropValue 2', false]],
  ['a drop that leaves one is a write: the next is the last', 2, (count) => count.drop(), ['writeValue 1', false]],
  ['the last knows that it is', 1, (count) => count.drop(), ['writeValue 0', 'readValue 0', true]],
  ['a change that nobody can tell is noted', 2, (count) => count.note(-1), ['noteValue 1', false]],
  ['one that leaves none can be told', 1, (count) => count.note(-1), ['noteValue 0', 'readValue 0', true]],
  ['a tally is read by who says so', 0, (count) => count.tally(1), ['countValue 1']],
])('%s', (_, first, act, expected) => {
  expect(told(first, act)).toEqual(expected)
})
