/** The machine of a recording as a topology with configuration bytes. */
import {
  type Bar,
  type Bdf,
  bdfParts,
  busAddr,
  ConfigSpace,
  type FunctionKind,
  MiB,
  PCI_CLASS_REVISION,
  PCI_DEVICE_ID,
  PCI_HEADER_TYPE,
  PCI_HEADER_TYPE_MFD,
  PCI_PRIMARY_BUS,
  PCI_SECONDARY_BUS,
  PCI_SUBORDINATE_BUS,
  PCI_VENDOR_ID,
  physAddr,
  type PciFunction,
  type Span,
  Topology,
  writeAcs,
  writeAf,
  writeBarRegister,
  writeBridgeWindows,
  writeCommand,
  writePcie,
  writePowerManagement,
} from '@barter/core'
import type { RecordedBar, RecordedDevice, Recording } from './recording.ts'

/** Where the capabilities lie; a recording names registers and not places. */
const PM = 0x60
const PCIE = 0x80
const AF = 0xd0
const ACS = 0x100

const KINDS: Readonly<Record<string, FunctionKind>> = {
  'root-port': 'root-port',
  'upstream-port': 'upstream-port',
  'downstream-port': 'downstream-port',
  'pci-bridge': 'pci-bridge',
  endpoint: 'endpoint',
  rciep: 'rciep',
  'host-bridge': 'host-bridge',
}

/** Build the topology. Bridge windows are the spans of what lies below each bridge. */
export function machineOfRecording(recording: Recording): Topology {
  const { devices } = recording
  const ids = [...new Set(devices.map((device) => device.hostBridge))]
  return new Topology({
    functions: devices.map((device) => functionOf(device, devices)),
    hostBridges: ids.map((id) => ({ id, windows: [], inbound: [] })),
    cpu: { arch: 'x86_64', vendor: recording.cpu.vendor, family: recording.cpu.family },
    memory: [{ start: physAddr(0), length: 2048 * MiB }],
    iommu: { mode: recording.iommu.mode, strict: recording.iommu.strict },
    kernelRelease: recording.kernel.release,
    commandLine: recording.cmdline,
    unknown: [],
  })
}

function functionOf(device: RecordedDevice, all: readonly RecordedDevice[]): PciFunction {
  const bridge = isBridge(device) ? busesBelow(device, all) : undefined
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
    config: configOf(device, kind, all, bridge),
    bars: device.bars.map(barOf),
    resetMethods: device.resetMethods,
    dmaMaskBits: Math.round(Math.log2(Number(device.dmaMask) + 1)),
    ...(bridge === undefined ? {} : { bridge }),
    ...(device.iommuGroup === null ? {} : { iommuGroup: device.iommuGroup }),
    ...(device.physicalFunction === undefined ? {} : { physicalFunction: device.physicalFunction }),
  }
}

function barOf(bar: RecordedBar): Bar {
  const { index, kind } = bar
  return { index, kind, start: physAddr(Number(bar.phys)), bus: busAddr(Number(bar.bus)), length: Number(bar.length) }
}

function configOf(
  device: RecordedDevice,
  kind: FunctionKind,
  all: readonly RecordedDevice[],
  bridge: { secondary: number; subordinate: number } | undefined,
): ConfigSpace {
  const config = new ConfigSpace(new Uint8Array(device.pcie ? 4096 : 256))
  config.write(PCI_VENDOR_ID, 2, parseInt(device.vendor, 16))
  config.write(PCI_DEVICE_ID, 2, parseInt(device.device, 16))
  config.write(PCI_CLASS_REVISION, 4, parseInt(device.class, 16) * 0x100)
  config.write(
    PCI_HEADER_TYPE,
    1,
    (bridge === undefined ? 0 : 1) + (hasSiblings(device, all) ? PCI_HEADER_TYPE_MFD : 0),
  )
  writeCommand(config, { io: device.bars.some((bar) => bar.kind === 'io'), memory: true, master: bridge !== undefined })
  if (device.physicalFunction === undefined) {
    for (const bar of device.bars)
      writeBarRegister(config, { index: bar.index, kind: bar.kind, bus: busAddr(Number(bar.bus)) })
  }
  if (device.pm) writePowerManagement(config, PM, { noSoftReset: true })
  if (device.pcie) {
    writePcie(config, PCIE, {
      portType: portType(kind),
      flr: device.flr,
      slot: kind === 'root-port' || kind === 'downstream-port',
    })
  } else if (device.flr) {
    writeAf(config, AF)
  }
  if (device.acs !== null && device.pcie) {
    writeAcs(config, ACS, { capability: Number(device.acs.cap), control: Number(device.acs.ctrl) })
  }
  if (bridge !== undefined) {
    config.write(PCI_PRIMARY_BUS, 1, bdfParts(device.bdf).bus)
    config.write(PCI_SECONDARY_BUS, 1, bridge.secondary)
    config.write(PCI_SUBORDINATE_BUS, 1, bridge.subordinate)
    writeBridgeWindows(config, windowsOf(device, all))
  }
  return config
}

const portType = (kind: FunctionKind) =>
  kind === 'pci-bridge' ? 'pcie-to-pci-bridge' : kind === 'host-bridge' ? 'rciep' : kind

const isBridge = (device: RecordedDevice): boolean => device.class.startsWith('0604')

function hasSiblings(device: RecordedDevice, all: readonly RecordedDevice[]): boolean {
  const slot = (bdf: Bdf): string => bdf.slice(0, -1)
  return all.some(
    (other) => other !== device && other.physicalFunction === undefined && slot(other.bdf) === slot(device.bdf),
  )
}

/** Every function below a bridge, however deep. */
function below(bridge: RecordedDevice, all: readonly RecordedDevice[]): readonly RecordedDevice[] {
  const children = all.filter((device) => device.parent === bridge.bdf)
  return children.flatMap((child) => [child, ...below(child, all)])
}

/** A bridge with nothing below keeps the bus numbers that reset leaves: none. */
function busesBelow(
  bridge: RecordedDevice,
  all: readonly RecordedDevice[],
): { secondary: number; subordinate: number } {
  const buses = below(bridge, all).map((device) => bdfParts(device.bdf).bus)
  return buses.length === 0
    ? { secondary: 0, subordinate: 0 }
    : { secondary: Math.min(...buses), subordinate: Math.max(...buses) }
}

function windowsOf(bridge: RecordedDevice, all: readonly RecordedDevice[]): { memory?: Span; prefetchable?: Span } {
  const bars = below(bridge, all).flatMap((device) => device.bars)
  const memory = spanOf(bars.filter((bar) => bar.kind === 'mem32' || bar.kind === 'mem64'))
  const prefetchable = spanOf(bars.filter((bar) => bar.kind === 'mem32pref' || bar.kind === 'mem64pref'))
  return { ...(memory === undefined ? {} : { memory }), ...(prefetchable === undefined ? {} : { prefetchable }) }
}

/** From the first byte to the last, on the granules of a bridge window. */
function spanOf(bars: readonly RecordedBar[]): Span | undefined {
  if (bars.length === 0) return undefined
  const first = Math.min(...bars.map((bar) => Number(bar.bus)))
  const end = Math.max(...bars.map((bar) => Number(bar.bus) + Number(bar.length)))
  const start = Math.floor(first / MiB) * MiB
  return { start, length: Math.ceil(end / MiB) * MiB - start }
}
