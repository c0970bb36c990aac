/**
 * The DMA engine of an open device, as its user programs it: any address, no questions. What stops it is the IOMMU and the
 * fabric, never the driver (T1-4, HAZ-10).
 */
import { type Access, hashOfText, iova, type Kernel, type Op, setMaster, type Shared } from '@barter/core'
import type { VfioDevice } from './vfio-device.ts'

const NOTHING_CAME = 0xff

/** The buffer of one engine. */
export class EngineBuffer {
  readonly #shared: Shared
  #data: Uint8Array | undefined
  #word = 0

  constructor(kernel: Kernel) {
    this.#shared = kernel.shared('buffer of an engine')
  }

  /** What its user let it read last. */
  get data(): Uint8Array | undefined {
    this.#shared.readValue(this.#word)
    return this.#data
  }

  set data(data: Uint8Array | undefined) {
    this.#data = data
    this.#word = hashOfText(data?.join() ?? '')
    this.#shared.writeValue(this.#word)
  }
}

/** **Units** bytes. The address is the device's view: what its IOMMU domain makes of it is not known here. */
export interface DeviceTransfer {
  readonly address: number
  readonly length: number
}

/** Fill the engine's buffer. Gives whether all of it came; where nothing answers it is all ones. */
export function* readByDevice(vdev: VfioDevice, transfer: DeviceTransfer): Op<boolean> {
  const { arrived, data } = yield* send(vdev, 'read', transfer)
  vdev.engine.data = arrived && data !== undefined ? data : new Uint8Array(transfer.length).fill(NOTHING_CAME)
  return arrived
}

/** Send the buffer out, as often as it takes to fill `length`. Gives whether all of it arrived. */
export function* writeByDevice(vdev: VfioDevice, transfer: DeviceTransfer): Op<boolean> {
  return (yield* send(vdev, 'write', transfer, vdev.engine.data ?? new Uint8Array(transfer.length))).arrived
}

function* send(
  { device, services }: VfioDevice,
  access: Access,
  { address, length }: DeviceTransfer,
  data?: Uint8Array,
) {
  // Whoever starts an engine has let the device send before.
  setMaster(device, true)
  const request = { from: device, access, at: iova(address), length }
  return yield* services.bus.dma(data === undefined ? request : { ...request, data })
}
