import { expect, test } from 'vitest'
import { buildTopology, compose, SWITCHES, UsageError } from '../src/index.ts'

const { topology } = buildTopology({ hostBridges: [{}] })
const withSwitches = (switches: string[]) => compose({ topology, plugins: [], facts: { switches } }).facts.switches

test('SW-5: each switch is there once, in the order of its id, and can be on', () => {
  const ids = SWITCHES.map(({ id }) => id)
  expect(ids).toEqual([...new Set(ids)].sort())
  expect([...withSwitches(ids)]).toEqual(ids)
})

test('SW-5: without any the model is the kernel as it is meant to be', () => {
  expect(withSwitches([]).size).toBe(0)
})

test('SW-5: a switch that is not there is a mistake, and the hint names those that are', () => {
  const said = () => withSwitches(['BUG-30', 'bug-ninety-nine'])
  expect(said).toThrow(
    expect.objectContaining({ code: 'SWITCH_UNKNOWN', message: 'there is no model switch "bug-ninety-nine"' }),
  )
  expect(said).toThrow(UsageError)
  try {
    said()
  } catch (error) {
    expect((error as UsageError).hint).toMatch(/^known: BUG-30, BUG-31, .*, SW-STRICT-PM$/)
  }
})
