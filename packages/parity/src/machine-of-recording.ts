/** The machine of a recording as a topology with configuration bytes. */
import { type Bar, busAddr, type FunctionKind, MiB, physAddr, type PciFunction, Topology } from '@barter/core'
import { busesBelow, configOfRecorded, isBridge } from './recorded-config.ts'
import { windowsOfRecorded } from './recorded-windows.ts'
import type { RecordedBar, RecordedDevice, Recording } from './recording.ts'

const KINDS: Readonly<Record<string, FunctionKind>> = {
  'root-port': 'root-port',
  'upstream-port': 'upstream-port',
  'downstream-port': 'downstream-port',
  'pci-bridge': 'pci-bridge',
  endpoint: 'endpoint',
  rciep: 'rciep',
  'host-bridge': 'host-bridge',
}

/** Recordings do not tell; none needs to know. **Units** bytes. */
const MEMORY = 2048 * MiB

export function machineOfRecording(recording: Recording): Topology {
  const { devices } = recording
  const windows = windowsOfRecorded(devices, MEMORY)
  return new Topology({
    functions: devices.map((device) => functionOf(device, devices)),
    // Whatever the kernel believes of it, the root complex of QEMU carries requests between its ports.
    hostBridges: [...windows].map(([id, found]) => ({ id, windows: found, inbound: [], routesPeers: true })),
    cpu: { arch: 'x86_64', vendor: recording.cpu.vendor, family: recording.cpu.family },
    memory: [{ start: physAddr(0), length: MEMORY }],
    iommu: { mode: recording.iommu.mode, strict: recording.iommu.strict },
    kernelRelease: recording.kernel.release,
    commandLine: recording.cmdline,
    unknown: [],
  })
}

function functionOf(device: RecordedDevice, all: readonly RecordedDevice[]): PciFunction {
  const kind = KINDS[device.kind] ?? 'endpoint'
  return {
    bdf: device.bdf,
    parent: device.parent,
    hostBridge: device.hostBridge,
    kind,
    pcie: device.pcie,
    vendor: parseInt(device.vendor, 16),
    device: parseInt(device.device, 16),
    classCode: parseInt(device.class, 16),
    config: configOfRecorded(device, kind, all),
    bars: device.bars.map(barOf),
    resetMethods: device.resetMethods,
    dmaMaskBits: Math.round(Math.log2(Number(device.dmaMask) + 1)),
    ...(isBridge(device) ? { bridge: busesBelow(device, all) } : {}),
    ...(device.iommuGroup === null ? {} : { iommuGroup: device.iommuGroup }),
    ...(device.physicalFunction === undefined ? {} : { physicalFunction: device.physicalFunction }),
  }
}

function barOf(bar: RecordedBar): Bar {
  const { index, kind } = bar
  return { index, kind, start: physAddr(Number(bar.phys)), bus: busAddr(Number(bar.bus)), length: Number(bar.length) }
}
