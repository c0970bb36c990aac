import { describeImporter } from '@barter/conformance'
import { rdma } from '../src/index.ts'

/** A window whose edges lie inside pages, and one inside a single page. */
const windows = [
  { options: { offset: 0x1800, length: 0x1400, iova: 0x1800 }, offset: 0x1800, length: 0x1400 },
  { options: { offset: 0x2100, length: 0x200, iova: 0x100 }, offset: 0x2100, length: 0x200 },
]
const nic = { plugin: () => rdma(), device: { class: 'nic' }, windows } as const

describeImporter({ ...nic, driver: 'mlx5' })
describeImporter({ ...nic, driver: 'mlx5-data-direct' })
describeImporter({
  ...nic,
  driver: 'irdma',
  breaks: { 'errors: INV-28: irdma:dereg': 'RDMA-7: a NIC that will not deregister goes on until its reset' },
})
