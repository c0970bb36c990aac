/** Configuration bytes of a recorded function: what a recording tells of it, as registers. */
import {
  type Bdf,
  bdfParts,
  busAddr,
  ConfigSpace,
  type FunctionKind,
  MiB,
  PCI_CLASS_REVISION,
  PCI_COMMAND,
  PCI_COMMAND_IO,
  PCI_COMMAND_MASTER,
  PCI_COMMAND_MEMORY,
  PCI_DEVICE_ID,
  PCI_HEADER_TYPE,
  PCI_HEADER_TYPE_MFD,
  PCI_PRIMARY_BUS,
  PCI_SECONDARY_BUS,
  PCI_SUBORDINATE_BUS,
  PCI_VENDOR_ID,
  type Span,
  writeAcs,
  writeAf,
  writeBarRegister,
  writeBridgeWindows,
  writePcie,
  writePowerManagement,
  writeSriov,
} from '@barter/core'
import type { RecordedBar, RecordedDevice } from './recording.ts'

/** Where the capabilities lie; a recording names registers and not places. */
const PM = 0x60
const PCIE = 0x80
const AF = 0xd0
/** The list of extended capabilities begins here. */
const FIRST_EXTENDED = 0x100
const BEHIND_ACS = 0x140
/** Reporting of system errors: set by the firmware of the recorded machines, beside decoding of both kinds. */
const PCI_COMMAND_SERR = 0x100

export function configOfRecorded(
  device: RecordedDevice,
  kind: FunctionKind,
  all: readonly RecordedDevice[],
): ConfigSpace {
  const config = new ConfigSpace(new Uint8Array(device.pcie ? 4096 : 256))
  config.write(PCI_VENDOR_ID, 2, parseInt(device.vendor, 16))
  config.write(PCI_DEVICE_ID, 2, parseInt(device.device, 16))
  config.write(PCI_CLASS_REVISION, 4, parseInt(device.class, 16) * 0x100)
  config.write(PCI_HEADER_TYPE, 1, (isBridge(device) ? 1 : 0) + (hasSiblings(device, all) ? PCI_HEADER_TYPE_MFD : 0))
  if (device.physicalFunction === undefined) {
    config.write(PCI_COMMAND, 2, commandOf(device))
    for (const bar of device.bars) writeBarRegister(config, registerOf(bar))
  }
  if (device.pm) writePowerManagement(config, PM, { noSoftReset: true })
  if (device.pcie) writeExpress(config, device, kind, all)
  else if (device.flr) writeAf(config, AF)
  if (isBridge(device)) {
    const { secondary, subordinate } = busesBelow(device, all)
    config.write(PCI_PRIMARY_BUS, 1, bdfParts(device.bdf).bus)
    config.write(PCI_SECONDARY_BUS, 1, secondary)
    config.write(PCI_SUBORDINATE_BUS, 1, subordinate)
    writeBridgeWindows(config, windowsOf(device, all))
  }
  return config
}

export const isBridge = (device: RecordedDevice): boolean => device.class.startsWith('0604')

/** A bridge with nothing below keeps the bus numbers that reset leaves: none. */
export function busesBelow(
  bridge: RecordedDevice,
  all: readonly RecordedDevice[],
): { readonly secondary: number; readonly subordinate: number } {
  const buses = below(bridge, all).map((device) => bdfParts(device.bdf).bus)
  return buses.length === 0
    ? { secondary: 0, subordinate: 0 }
    : { secondary: Math.min(...buses), subordinate: Math.max(...buses) }
}

const commandOf = (device: RecordedDevice): number =>
  PCI_COMMAND_IO + PCI_COMMAND_MEMORY + PCI_COMMAND_SERR + (isBridge(device) ? PCI_COMMAND_MASTER : 0)

const registerOf = ({ index, kind, bus }: RecordedBar) => ({ index, kind, bus: busAddr(Number(bus)) })

function writeExpress(
  config: ConfigSpace,
  device: RecordedDevice,
  kind: FunctionKind,
  all: readonly RecordedDevice[],
): void {
  const slot = kind === 'root-port' || kind === 'downstream-port'
  writePcie(config, PCIE, { portType: portType(kind), flr: device.flr, slot })
  if (device.acs !== null) {
    writeAcs(config, FIRST_EXTENDED, { capability: Number(device.acs.cap), control: Number(device.acs.ctrl) })
  }
  const virtual = all.filter((other) => other.physicalFunction === device.bdf)
  const [first] = virtual
  if (first === undefined || !areAligned(virtual)) return
  writeSriov(config, device.acs === null ? FIRST_EXTENDED : BEHIND_ACS, {
    enabled: true,
    memoryEnabled: true,
    totalVfs: virtual.length,
    numVfs: virtual.length,
    firstVfOffset: routingId(first.bdf) - routingId(device.bdf),
    stride: strideOf(virtual),
    vfDevice: parseInt(first.device, 16),
    bars: first.bars.map(registerOf),
  })
}

/** The capability says only where the BARs of the first one are; the others follow, each a length further. */
function areAligned(virtual: readonly RecordedDevice[]): boolean {
  const [first] = virtual
  return virtual.every(
    (one, i) =>
      routingId(one.bdf) === routingId(first?.bdf ?? one.bdf) + i * strideOf(virtual) &&
      one.bars.every((bar) => {
        const start = first?.bars.find(({ index }) => index === bar.index)
        return start !== undefined && Number(bar.bus) === Number(start.bus) + i * Number(start.length)
      }),
  )
}

function strideOf([first, second]: readonly RecordedDevice[]): number {
  return first === undefined || second === undefined ? 1 : routingId(second.bdf) - routingId(first.bdf)
}

function routingId(bdf: Bdf): number {
  const { bus, device, function: fn } = bdfParts(bdf)
  return bus * 256 + device * 8 + fn
}

const portType = (kind: FunctionKind) =>
  kind === 'pci-bridge' ? 'pcie-to-pci-bridge' : kind === 'host-bridge' ? 'rciep' : kind

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
