/** A small recording as text, for tests that change it: one lender and one client below two root ports. */
import type { JsonObject, RecordedStep } from '../src/recording.ts'
import { readRecording, type Recording } from '../src/recording.ts'

const port = (bdf: string, address: string): JsonObject => ({
  bdf,
  parent: null,
  hostBridge: '0000:00',
  kind: 'root-port',
  pcie: true,
  vendor: '1b36',
  device: '000c',
  class: '060400',
  acs: { cap: '0x5f', ctrl: '0x1d' },
  bars: [{ index: 0, phys: address, bus: address, length: '0x1000', kind: 'mem32' }],
  flr: false,
  pm: false,
  dmaMask: '0xffffffff',
  iommuGroup: 1,
  resetMethods: [],
})

const endpoint = (bdf: string, parent: string, address: string): JsonObject => ({
  ...port(bdf, address),
  parent,
  kind: 'endpoint',
  device: '0010',
  class: '010802',
  acs: null,
  bars: [{ index: 0, phys: address, bus: address, length: '0x4000', kind: 'mem64' }],
  flr: true,
  pm: true,
  resetMethods: ['flr', 'bus'],
})

export const RECORDING: JsonObject = {
  format: 'barter-observation/1',
  name: 'small',
  about: 'for tests',
  rules: ['VFIO-25', 'REV-2'],
  kernel: { release: '7.3.4', generation: 'G2' },
  cpu: { vendor: 'AuthenticAMD', family: 23 },
  pageSize: 4096,
  cmdline: 'intel_iommu=on',
  iommu: { driver: 'intel', mode: 'translated', strict: false },
  roles: { exporter: '0000:01:00.0', client: '0000:02:00.0' },
  devices: [
    port('0000:00:03.0', '0xfe600000'),
    port('0000:00:04.0', '0xfe601000'),
    endpoint('0000:01:00.0', '0000:00:03.0', '0xfe400000'),
    endpoint('0000:02:00.0', '0000:00:04.0', '0xfe200000'),
  ],
  steps: [],
}

/** **Shape** steps as a recording writes them; what was seen may be left out. */
export function recordingWith(
  steps: readonly (Omit<JsonObject, 'op'> & { readonly op: string })[],
  change: JsonObject = {},
): Recording {
  const complete = steps.map((step) => ({ saw: { ok: true }, ...step }))
  return readRecording('small.json', JSON.stringify({ ...RECORDING, ...change, steps: complete }))
}

export const stepsOf = (recording: Recording): readonly RecordedStep[] => recording.steps
