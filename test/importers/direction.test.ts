/** What importers ask the IOMMU for: whoever may write may read as well, and the other way round. */
import { expect, test } from 'vitest'
import { ending, run, step } from './machine.ts'

test.each(['mlx5', 'irdma', 'amdgpu', 'xe', 'virtio-gpu'])('IMP-4: %s maps for both directions', (driver) => {
  const report = run(
    {
      vmm: [
        step('open', 'nvme'),
        step('export', 'nvme', { bar: 0, as: 'buf' }),
        step('import', 'buf', { on: 'importer', as: 'held' }),
        step('write', 'held', { length: '4 KiB' }),
        step('read', 'held', { length: '4 KiB' }),
        step('close', 'held'),
      ],
    },
    { driver, path: 'iommu' },
  )
  expect(report.outcomes.map(ending)).toEqual(['ok', 'ok', 'ok', 'ok', 'ok', 'ok'])
  const first = report.events.find((event) => event.kind === 'map')
  expect(first).toMatchObject({ addressKind: 'iova' })
})
