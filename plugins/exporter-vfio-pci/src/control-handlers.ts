/** What each control does. All of them run while the device is kept awake, holding no lock. */
import { type Op, PCI_COMMAND, type StepValue, withBits } from '@barter/core'
import { readConfig, writeConfig } from './config-space/config-write.ts'
import { registerPlace, type RegisterPlace } from './config-space/registers.ts'
import type { ControlArguments } from './control-arguments.ts'
import { type DeviceTransfer, readByDevice, writeByDevice } from './device-engine.ts'
import { resetDevice } from './device-reset.ts'
import { feature, featureRequest } from './feature-control.ts'
import { groupFiles } from './group-file.ts'
import { hotReset, hotResetReach } from './hot-reset.ts'
import { armInterrupts } from './interrupts.ts'
import { enterLowPower, leaveLowPower } from './low-power.ts'
import { readRegion, writeRegion } from './region-access.ts'
import { CONFIG_REGION, regionInfo } from './region-info.ts'
import type { OpenState } from './doors.ts'
import type { VfioDevice } from './vfio-device.ts'

type Handler = (vdev: VfioDevice, open: OpenState, args: ControlArguments) => Op<StepValue>

export const CONTROL_HANDLERS: Readonly<Record<string, Handler>> = {
  *info(vdev, open) {
    return { resetSupported: open.resetWorks, command: yield* readConfig(vdev, open.config, PCI_COMMAND, 2) }
  },
  *regionInfo(vdev, open, args) {
    return { ...regionInfo(vdev, open, args.whole('region')) }
  },
  *configRead(vdev, { config }, args) {
    const { offset, width } = placeOf(vdev, args)
    return { value: yield* readConfig(vdev, config, offset, width) }
  },
  *configWrite(vdev, { config }, args) {
    const { offset, width } = placeOf(vdev, args)
    const value = args.has('or')
      ? withBits(yield* readConfig(vdev, config, offset, width), args.whole('or'))
      : args.whole('value')
    yield* writeConfig(vdev, config, offset, width, value)
    return null
  },
  *pread(vdev, open, args) {
    const region = args.whole('region')
    const offset = args.whole('offset', 0)
    const length = args.whole('length', 4)
    if (region !== CONFIG_REGION) return { data: hexText(yield* readRegion(vdev, open, region, offset, length)) }
    const bytes = new Uint8Array(length)
    for (let i = 0; i < length; i++) bytes[i] = yield* readConfig(vdev, open.config, offset + i, 1)
    return { data: hexText(bytes) }
  },
  *pwrite(vdev, open, args) {
    const region = args.whole('region')
    const offset = args.whole('offset', 0)
    const data = args.has('data') ? bytesOf(args.word('data')) : new Uint8Array(4)
    if (region !== CONFIG_REGION) return { length: yield* writeRegion(vdev, open, region, offset, data) }
    for (const [i, byte] of data.entries()) yield* writeConfig(vdev, open.config, offset + i, 1, byte)
    return { length: data.length }
  },
  *reset(vdev, open) {
    yield* resetDevice(vdev, open)
    return null
  },
  *hotReset(vdev, _open, args) {
    yield* hotReset(vdev, groupFiles(vdev.services.pci.devices, args))
    return null
  },
  *hotResetInfo(vdev) {
    return { devices: hotResetReach(vdev).map((device) => device.bdf) }
  },
  *lowPower(vdev, _open, args) {
    const action = args.word('action', ['entry', 'entry-with-wakeup', 'exit'])
    if (action === 'exit') yield* leaveLowPower(vdev)
    else yield* enterLowPower(vdev, action === 'entry-with-wakeup')
    return null
  },
  *feature(vdev, open, args) {
    return yield* feature(vdev, open, featureRequest(args))
  },
  *dmaRead(vdev, _open, args) {
    return { arrived: yield* readByDevice(vdev, transfer(args, 'offset')) }
  },
  *dmaWrite(vdev, _open, args) {
    return { arrived: yield* writeByDevice(vdev, transfer(args, 'offset')) }
  },
  *dmaCopy(vdev, _open, args) {
    const read = yield* readByDevice(vdev, transfer(args, 'from'))
    const written = yield* writeByDevice(vdev, transfer(args, 'to'))
    return { arrived: read && written }
  },
  *armInterrupts(vdev, _open, args) {
    yield* armInterrupts(vdev, args.whole('vectors'))
    return null
  },
  *armError(vdev) {
    vdev.error.arm()
    return null
  },
  *errorSeen(vdev) {
    return { signalled: vdev.error.look() }
  },
  *armRequest(vdev) {
    vdev.request.arm()
    return null
  },
  *requestSeen(vdev) {
    return { signalled: vdev.request.look() }
  },
}

const transfer = (args: ControlArguments, at: string): DeviceTransfer => ({
  address: args.whole(at),
  length: args.whole('length'),
})

function placeOf({ device }: VfioDevice, args: ControlArguments): RegisterPlace {
  if (!args.has('register')) return { offset: args.whole('offset'), width: args.whole('width', 4) }
  const { offset, width } = registerPlace(device, args.word('register'))
  return { offset, width: args.whole('width', width) }
}

const hexText = (bytes: Uint8Array): string =>
  `0x${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`

/** Text as bytes, one a character. */
const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0) % 256)
