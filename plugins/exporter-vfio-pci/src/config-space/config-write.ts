/**
 * Reading and writing configuration space through the device file, with the writes that are triggers (TRG-1 to TRG-8).
 *
 * The real kernel cuts an access into words; each word is handled by itself, and the first error ends the call.
 */
import {
  type ConfigWidth,
  D3HOT,
  failPoint,
  KernelError,
  type Op,
  PCI_AF_CTRL,
  PCI_AF_CTRL_FLR,
  PCI_COMMAND,
  PCI_COMMAND_IO,
  PCI_COMMAND_MEMORY,
  PCI_EXP_DEVCTL,
  PCI_EXP_DEVCTL_BCR_FLR,
  PCI_PM_CTRL,
  PCI_PM_CTRL_STATE_MASK,
  point,
  type PowerState,
  readAf,
  readPcie,
  resetFunction,
} from '@barter/core'
import { setDevicePower } from '../set-device-power.ts'
import { runTrigger } from '../trigger.ts'
import type { VfioDevice } from '../vfio-device.ts'
import type { ConfigChunk, VirtualConfig } from './virtual-config.ts'

const DECODE = PCI_COMMAND_MEMORY | PCI_COMMAND_IO

/** **Errors** EFAULT outside configuration space. */
export function* readConfig(vdev: VfioDevice, config: VirtualConfig, offset: number, width: number): Op<number> {
  checkPlace(config, offset, width)
  yield* point(`${vdev.device.name}: read configuration`)
  let value = 0
  for (const chunk of config.chunks(offset, width)) {
    value += config.read(chunk) * 2 ** (8 * (chunk.at - offset))
  }
  return value
}

/**
 * Write. `value` is little-endian over `width` bytes.
 *
 * **Locks** none held; `memory_lock` and what comes after it is taken inside. **Errors** EFAULT outside configuration
 * space, EIO when the hardware cannot be written (TRG-3).
 */
export function* writeConfig(
  vdev: VfioDevice,
  config: VirtualConfig,
  offset: number,
  width: number,
  value: number,
): Op<void> {
  checkPlace(config, offset, width)
  for (const chunk of config.chunks(offset, width)) {
    const part = Math.floor(value / 2 ** (8 * (chunk.at - offset))) % 256 ** chunk.width
    yield* point(`${vdev.device.name}: write configuration`)
    yield* writeChunk(vdev, config, chunk, part)
  }
}

function* writeChunk(vdev: VfioDevice, config: VirtualConfig, chunk: ConfigChunk, value: number): Op<void> {
  switch (chunk.structure.kind) {
    case 'header':
      // Only a write that begins at the register is a trigger; one byte further nothing happens (TRG-4).
      if (chunk.at === PCI_COMMAND) return yield* writeCommand(vdev, config, chunk, value)
      return writeThrough(vdev, config, chunk, value)
    case 'pm':
      writeThrough(vdev, config, chunk, value)
      if (chunk.at === chunk.structure.start + PCI_PM_CTRL) yield* writePowerState(vdev, value)
      return
    case 'express':
      writeThrough(vdev, config, chunk, value)
      return yield* resetIfAsked(vdev, config, chunk.structure.start + PCI_EXP_DEVCTL, 2, PCI_EXP_DEVCTL_BCR_FLR)
    case 'af':
      writeThrough(vdev, config, chunk, value)
      return yield* resetIfAsked(vdev, config, chunk.structure.start + PCI_AF_CTRL, 1, PCI_AF_CTRL_FLR)
    default:
      return writeThrough(vdev, config, chunk, value)
  }
}

/** TRG-1 and TRG-2: the new memory bit decides which. The physical register is asked before anything happens. */
function* writeCommand(vdev: VfioDevice, config: VirtualConfig, chunk: ConfigChunk, value: number): Op<void> {
  failPoint(vdev.services.hooks, 'vfio:config-read', vdev.device, 'EIO', 'TRG-1')
  const hardware = vdev.device.config.read(PCI_COMMAND, 2)
  const before = config.copied(PCI_COMMAND, 2)
  // Enabled for all we know, wanted enabled, yet off: reset behind our back, so the BARs have to come back first.
  const lost = value & before & ~hardware & (vdev.noCommandMemory ? PCI_COMMAND_IO : DECODE)
  const enables = (value & PCI_COMMAND_MEMORY) !== 0
  const failure = yield* runTrigger(vdev, enables ? 'memory on' : 'memory off', () => {
    if (lost !== 0) config.restoreBars()
    return storeCommand(vdev, config, chunk, value)
  })
  if (failure !== undefined) throw failure
}

function* storeCommand(vdev: VfioDevice, config: VirtualConfig, chunk: ConfigChunk, value: number): Op<void> {
  yield* point(`${vdev.device.name}: write command`)
  writeThrough(vdev, config, chunk, value)
  config.merge(PCI_COMMAND, 2, value, DECODE)
}

/** TRG-5 and TRG-6. What the hardware or the driver refuses is not told to user space. */
function* writePowerState(vdev: VfioDevice, value: number): Op<void> {
  const state = (value & PCI_PM_CTRL_STATE_MASK) as PowerState
  yield* runTrigger(vdev, state >= D3HOT ? 'D3hot' : 'D0 to D2', () => setDevicePower(vdev, state))
}

/** TRG-7 and TRG-8: the bit always reads zero; it resets only a device that offers it. The outcome is not told. */
function* resetIfAsked(vdev: VfioDevice, config: VirtualConfig, at: number, width: ConfigWidth, bit: number): Op<void> {
  if ((config.copied(at, width) & bit) === 0) return
  config.merge(at, width, 0, bit)
  const { fn } = vdev.device
  const offered = bit === PCI_AF_CTRL_FLR ? readAf(fn.config)?.flr : readPcie(fn.config)?.flr
  if (offered !== true) return
  yield* runTrigger(vdev, 'function reset', () => resetFunction(vdev.services.pci, vdev.device))
}

function writeThrough(vdev: VfioDevice, config: VirtualConfig, chunk: ConfigChunk, value: number): void {
  failPoint(vdev.services.hooks, 'vfio:config-write', vdev.device, 'EIO', 'TRG-3')
  config.write(chunk, value)
}

function checkPlace(config: VirtualConfig, offset: number, width: number): void {
  if (offset >= 0 && offset + width <= config.size) return
  throw new KernelError('EFAULT', 'TRG-4', `${width} bytes at ${offset} are not in configuration space`)
}
