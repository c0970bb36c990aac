import { awakeAndDecoding } from '@barter/exporter-vfio-pci'
import { PCI_CAP_ID_PM, PCI_PM_PMC, type Plugin, powerState } from '@barter/core'
import { bug } from '../bug.ts'
import { step } from '../house.ts'
import { lend, memoryOff, memoryOn, type Story } from '../story.ts'

const OFFERS_D1 = 0x0203

/** The drive says that it knows D1. */
const offersD1: Plugin = {
  name: 'offers-d1',
  apply: ({ hooks }) => {
    hooks.topology.tap('offers-d1', (topology) =>
      topology.mapFunctions((fn) => {
        const at = fn.config.capability(PCI_CAP_ID_PM)
        if (typeof at !== 'number') return fn
        const config = fn.config.copy()
        config.write(at + PCI_PM_PMC, 2, OFFERS_D1)
        return { ...fn, config }
      }),
    )
  },
}

const inD1: Story = {
  title: 'a device in D1 lends its BAR',
  actors: {
    vmm: [
      ...lend,
      step('configWrite', 'nvme', { register: 'pmcsr', value: 1 }),
      memoryOff,
      memoryOn,
      step('import', 'buf', { on: 'nic', as: 'mr' }),
    ],
  },
  house: { plugins: [offersD1] },
}

const ofVirtualFunction: Story = {
  title: 'the memory bit of a virtual function is cleared',
  actors: {
    vmm: [
      step('open', 'nvme-vf0', { as: 'file' }),
      step('export', 'file', { bar: 0, as: 'buf' }),
      step('configWrite', 'file', { register: 'command', value: 0x104 }),
      step('import', 'buf', { on: 'nic', as: 'mr' }),
    ],
  },
  house: {
    drive: { vfs: { count: 1, bars: [{ index: 0, length: '64 KiB', kind: 'mem64' }] } },
    also: { 'nvme-vf0': 'vfio-pci' },
  },
}

export const BUG_65 = bug(
  'BUG-65',
  {
    what: 'memory enabled: D1 and D2 count as disabled',
    story: inD1,
    wrong: {
      vfio: { protocols: { memoryEnabled: (vdev) => awakeAndDecoding(vdev) && powerState(vdev.device) === 0 } },
    },
    found: { rule: 'VFIO-21' },
  },
  {
    what: 'memory enabled: the memory bit of a virtual function counts',
    story: ofVirtualFunction,
    wrong: {
      vfio: { protocols: { memoryEnabled: (vdev) => awakeAndDecoding(vdev) && vdev.config.memoryBit } },
    },
    found: { rule: 'VFIO-21' },
  },
)
