import { buildTopology, compose } from '@barter/core'
import { describe, expect, test } from 'vitest'
import { withProgress, withRunProgress } from '../src/progress.ts'
import type { Terminal } from '../src/terminal.ts'
import { recorded } from './terminal.ts'

/** A watched terminal whose clock is moved by hand. */
function watched(): Terminal & { readonly written: { err: string }; time: number } {
  const terminal = recorded('/')
  const clock = { time: 0 }
  return Object.defineProperties(
    { ...terminal, watched: true, now: () => clock.time, time: 0 },
    {
      time: { set: (value: number) => (clock.time = value), get: () => clock.time },
    },
  )
}

const { topology } = buildTopology({ hostBridges: [{ devices: [{ rootPort: 'port' }] }] })

describe('progress', () => {
  test('of a run is told by its events, from the second second on, and wiped at the end', async () => {
    const terminal = watched()
    const system = compose({ topology, plugins: [] })
    const event = (tick: number): void => system.hooks.event.call({ kind: 'note', text: '', seq: 0, task: 't', tick })
    await withRunProgress(terminal, 'running', system, async () => {
      event(1)
      terminal.time = 1500
      event(1_000_000)
      event(1_000_001)
      return Promise.resolve()
    })
    expect(terminal.written.err).toBe('\r\u001b[2Krunning ... 2 s, 1 000 000 us of virtual time\r\u001b[2K')
  })

  test('is not told when nobody watches', async () => {
    const terminal = recorded('/')
    expect(await withProgress(terminal, 'reading', () => Promise.resolve(3))).toBe(3)
    expect(terminal.written.err).toBe('')
  })
})
