/** A fence of user space on a buffer: whoever takes the buffer back waits for it, for as long as user space likes. */
import { expect, test } from 'vitest'
import { ending, run, step } from './machine.ts'

const lend = [step('open', 'nvme'), step('export', 'nvme', { bar: 0, as: 'buf' })]
const fence = step('importSyncFile', 'buf', { flags: 2, file: 'mine' })

test('HAZ-14, DMB-33: a sync file that never signals holds a reset, and all who want the device', () => {
  const report = run(
    {
      vmm: [...lend, fence, step('reset', 'nvme')],
      other: [step('wait', 'buf', { until: 'revoked' }), step('pread', 'nvme', { region: 0 })],
    },
    { driver: 'mlx5' },
  )
  expect(report.outcomes.slice(-2).map(({ result }) => result.kind)).toEqual(['ok', 'blocked'])
  expect(report.outcomes.filter(({ result }) => result.kind === 'blocked').map(({ result }) => result)).toEqual([
    expect.objectContaining({ on: 'mine of user space' }),
    expect.objectContaining({ on: 'memory_lock(nvme)' }),
  ])
})

test('HAZ-14: a close waits with it; without the fence nobody waits', () => {
  const close = step('close', 'nvme')
  const endings = [[fence], []].map((before) =>
    ending(run({ vmm: [...lend, ...before, close] }, { driver: 'mlx5' }).outcomes.at(-1) ?? expect.fail()),
  )
  expect(endings).toEqual(['blocked', 'ok'])
})
