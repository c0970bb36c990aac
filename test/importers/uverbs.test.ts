/** The second exporter with every importer of the house: who is admitted, and what becomes of them when it takes back (RDMA-18). */
import { compose, type Report, type Step, type StepValue } from '@barter/core'
import { uverbs } from '@barter/exporter-uverbs'
import { drm } from '@barter/importer-drm'
import { probe } from '@barter/importer-probe'
import { rdma } from '@barter/importer-rdma'
import { runScenario, sim } from '@barter/sim'
import { describe, expect, test } from 'vitest'
import { endings, invariants, oneSwitch, step } from '../one-switch.ts'

const { topology, at } = oneSwitch(
  { endpoint: 'nic', class: 'nic', bars: [{ index: 0, length: '64 KiB', kind: 'mem64' }] },
  { endpoint: 'user', class: 'gpu' },
)

function run(driver: string, steps: readonly Step[], lender = 'uverbs'): Report {
  const plugins = [sim(), uverbs({ driver: lender }), rdma(), drm(), probe()]
  const devices = { nic: { at: at('nic'), driver: lender }, user: { at: at('user'), driver } }
  const actors = [{ name: 'app', steps }]
  return runScenario(compose({ topology, plugins }), { title: driver, devices, actors, expect: [] }, { seed: 1 })
}

const lend = [step('open', 'nic'), step('export', 'nic', { bar: 0, as: 'buf' })]
const load = (options: Readonly<Record<string, StepValue>>) =>
  step('import', 'buf', { on: 'user', as: 'held', ...options })
const write = step('write', 'held', { length: '4 KiB' })

const REFUSED = 'EOPNOTSUPP RDMA-18'
const MEMBERS = [
  { driver: 'mlx5', admitted: 'ok' },
  { driver: 'amdgpu', admitted: 'ok' },
  { driver: 'xe', admitted: 'ok' },
  { driver: 'probe', options: { invalidate: 'inline' }, admitted: 'ok' },
  // Nobody asks whether it has a callback, as long as it does not pin.
  { driver: 'probe', options: { invalidate: 'none' }, admitted: 'ok' },
  { driver: 'probe', options: { static: true }, admitted: REFUSED },
  { driver: 'irdma', admitted: REFUSED },
  { driver: 'mlx5-data-direct', admitted: REFUSED },
  { driver: 'virtio-gpu', admitted: REFUSED },
  { driver: 'prime', admitted: REFUSED },
] as const

describe.each(MEMBERS)('RDMA-18: $driver', ({ driver, admitted, ...rest }) => {
  const options = 'options' in rest ? rest.options : {}

  test(`with ${JSON.stringify(options)} at attach or pin: ${admitted}`, () => {
    const report = run(driver, [...lend, load(options), step('close', 'buf'), step('close', 'nic')])
    expect([endings(report)[2], invariants(report)]).toEqual([admitted, []])
  })
})

describe.each(['mlx5', 'amdgpu'])('RDMA-18: %s once the NIC has gone', (driver) => {
  test('its transfers fail and it does not hold up the unbind', () => {
    const report = run(driver, [...lend, load({}), write, step('unbind', 'nic'), write, step('close', 'held')])
    expect(endings(report).slice(2, 5)).toEqual(['ok', 'ok', 'ok'])
    expect(['error', 'ENODEV RDMA-18']).toContain(endings(report)[5])
    expect([endings(report)[6], invariants(report)]).toEqual(['ok', []])
  })
})

test('RDMA-18, DRM-12: an idle xe object holds up the unbind for ever, as it does with VFIO', () => {
  const report = run('xe', [...lend, load({}), write, step('unbind', 'nic')])
  expect(endings(report)).toEqual(['ok', 'ok', 'ok', 'ok', 'blocked'])
})

test('RDMA-18: one driver lends and uses: mlx5 writes to the doorbell of its own NIC', () => {
  const own = [...lend, step('import', 'buf', { on: 'nic', as: 'held' }), write, step('close', 'nic'), write]
  const report = run('mlx5', own, 'mlx5')
  expect([endings(report), invariants(report)]).toEqual([['ok', 'ok', 'ok', 'ok', 'ok', 'error'], []])
})
