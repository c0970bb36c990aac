/** What drivers do to the command register of a function (`pci_enable_device`, `pci_set_master`). */
import { hasBits, withBits, withoutBits } from './capability/register-bits.ts'
import { PCI_COMMAND, PCI_COMMAND_IO, PCI_COMMAND_MASTER, PCI_COMMAND_MEMORY } from './config-space.ts'
import type { Device, Devices } from './device.ts'
import { isMemoryBar } from './pci-function.ts'

export const PCI_COMMAND_INTX_DISABLE = 0x400

/** The word as hardware holds it; all ones when the function does not answer. */
export const readCommandWord = (device: Device): number => device.config.read(PCI_COMMAND, 2)

/** Let the function send requests, or stop it (`pci_set_master`, `pci_clear_master`). */
export function setMaster(device: Device, on: boolean): void {
  setBits(device, PCI_COMMAND_MASTER, on)
}

/** Let it answer to the BARs that it has (`pci_enable_device`): memory, I/O ports, or both. */
export function enableMemory(device: Device): void {
  const memory = device.fn.bars.some(isMemoryBar) ? PCI_COMMAND_MEMORY : 0
  const ports = device.fn.bars.some((bar) => !isMemoryBar(bar)) ? PCI_COMMAND_IO : 0
  setBits(device, memory + ports, true)
}

/** Let every bridge above pass requests both ways (`pci_enable_bridge`), as enabling a function does. */
export function enableBridges(device: Device, devices: Devices): void {
  let above = device.fn.parent
  while (above !== null) {
    const bridge = devices.get(above)
    setBits(bridge, PCI_COMMAND_MEMORY + PCI_COMMAND_MASTER, true)
    above = bridge.fn.parent
  }
}

/** Nothing decoded, nothing sent, no interrupt: how the kernel quiets a function before a reset (TRG-21). */
export function quiesce(device: Device): void {
  device.config.write(PCI_COMMAND, 2, PCI_COMMAND_INTX_DISABLE)
}

function setBits(device: Device, bits: number, on: boolean): void {
  const word = readCommandWord(device)
  const wanted = on ? withBits(word, bits) : withoutBits(word, bits)
  if (wanted !== word) device.config.write(PCI_COMMAND, 2, wanted)
}

/** The function answers configuration requests: right after a reset it may not. Works for virtual functions too, whose vendor reads as all ones. */
export const answersConfig = (device: Device): boolean => !hasBits(device.config.read(PCI_COMMAND, 4), 0xffff_ffff)
