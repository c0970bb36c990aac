// Who owns the translation of a device: the kernel's DMA API, or the user who opened it.
import { buildTopology, compose, type Step, type StepResult } from '@barter/core'
import { vfioPci } from '@barter/exporter-vfio-pci'
import { probe } from '@barter/importer-probe'
import { iommu } from '@barter/platform-iommu'
import { sim } from '@barter/sim'
import { describe, expect, test } from 'vitest'

const endpoint = (name: string) => ({
  rootPort: `${name}-port`,
  below: [{ endpoint: name, bars: [{ index: 0, length: '64 KiB' }] }],
})

/** One actor's steps on two devices below two root ports of an AMD Zen, both with vfio-pci. */
async function tell(steps: readonly Step[]): Promise<readonly StepResult[]> {
  const { topology, names } = buildTopology({
    cpu: { vendor: 'AuthenticAMD', family: 0x17 },
    hostBridges: [{ id: '1022:1450', devices: [endpoint('lender'), endpoint('taker')] }],
  })
  const system = compose({ topology, plugins: [sim(), vfioPci(), probe(), iommu({ mode: 'translated' })] })
  const devices = ['lender', 'taker'].map((name) => [
    name,
    { at: names.get(name) ?? expect.fail(), driver: 'vfio-pci' },
  ])
  const scenario = {
    title: 'containers',
    devices: Object.fromEntries(devices),
    actors: [{ name: 'user', steps }],
    expect: [],
  }
  return (await system.machine('sim').run(scenario, { seed: 1 })).outcomes.map(({ result }) => result)
}

const step = (
  verb: string,
  target: string,
  { as, ...args }: Record<string, string | number | number[]> = {},
): Step => ({
  verb,
  target,
  args,
  ...(typeof as === 'string' ? { as } : {}),
})

const mapped = [
  step('open', 'lender'),
  step('export', 'lender', { bar: 0, as: 'buf' }),
  step('import', 'buf', { on: 'taker', driver: 'probe', as: 'a' }),
  step('map', 'a'),
]
const places = (result: StepResult | undefined) =>
  result?.kind === 'ok' ? (result.value as { places: readonly { physical: number | null }[] }).places : []

describe('containers', () => {
  test('DMA-1: what the kernel maps for a device reaches the BAR, until user space takes the device over', async () => {
    const results = await tell([
      ...mapped,
      step('translate', 'a', { offsets: [0] }),
      step('open', 'taker'),
      step('translate', 'a', { offsets: [0] }),
    ])
    expect(places(results[4])[0]?.physical).not.toBeNull()
    expect(places(results[6])).toEqual([{ offset: 0, physical: null }])
  })

  test('DMA-1: also a device whose first address of the kernel comes after it was taken over; unbinding gives it back', async () => {
    const results = await tell([
      step('open', 'taker', { as: 'file' }),
      ...mapped,
      step('translate', 'a', { offsets: [0] }),
      step('close', 'file'),
      step('unbind', 'taker'),
      step('translate', 'a', { offsets: [0] }),
    ])
    expect(places(results[5])).toEqual([{ offset: 0, physical: null }])
    expect(places(results[8])[0]?.physical).not.toBeNull()
  })

  test('VFIO-63: a group is in one container at a time', async () => {
    const results = await tell([
      step('open', 'lender', { container: 'one', as: 'first' }),
      step('open', 'lender', { container: 'one', as: 'again' }),
      step('open', 'taker', { container: 'two', as: 'other' }),
      step('open', 'lender', { container: 'two', as: 'elsewhere' }),
    ])
    expect(results.map((result) => (result.kind === 'errno' ? result.errno : result.kind))).toEqual([
      'ok',
      'ok',
      'ok',
      'EBUSY',
    ])
  })
})
