/**
 * The driver of GPUs whose memory is coherent and lies outside every BAR: two regions pose as BARs (VFIO-60 to VFIO-62).
 *
 * **Not modelled** the registers of the BARs that the regions pose as; memory that goes dark with the GPU.
 */
import {
  alignDown,
  type Bdf,
  done,
  GiB,
  type Kernel,
  KernelError,
  MiB,
  type Op,
  type PhysAddr,
  physAddr,
  type Plugin,
  type Shared,
  sleep,
} from '@barter/core'
import type { VfioPciOptions } from './options.ts'
import type { FakeRegion, Variant } from './variant.ts'
import { vfioDriver } from './vfio-pci.ts'
import type { VfioDevice } from './vfio-device.ts'

/** What ACPI tells of the memory of one GPU. It has to be memory of the topology. **Units** bytes. */
export interface NvgraceMemory {
  readonly at: Bdf
  readonly start: number
  readonly length: number
  /** The hardware cannot give all of it to instances, so the tail is kept apart (VFIO-60). */
  readonly migBug?: boolean
  /** How long it takes after a reset until the GPU says that it is ready; none unless told. **Units** ticks. */
  readonly readyAfter?: number
  /**
   * Who says that it is ready: a register of BAR 0, or, of a CXL device, its configuration space, which may take longer and
   * is asked with no lock held. `bar` unless told.
   */
  readonly readyBy?: 'bar' | 'cxl'
}

export interface NvgraceOptions extends VfioPciOptions {
  /** GPUs that ACPI knows memory of; others are driven as by vfio-pci. */
  readonly memory: readonly NvgraceMemory[]
}

const TAIL_REGION = 2
const MEMORY_REGION = 4
const TAIL_AT_LEAST = GiB
const MEMORY_BLOCK = 512 * MiB
const POLL_TICKS = 1_000_000
const POLL_LIMIT_TICKS = 30_000_000
/** A CXL device has a second to say how long it will take, and then as long as it can say. */
const CXL_LIMIT_TICKS = 1_000_000 + 256_000_000

export const nvgraceGpu = (options: NvgraceOptions): Plugin => vfioDriver(nvgraceVariant(options.memory), options)

function nvgraceVariant(memory: readonly NvgraceMemory[]): Variant {
  const of = ({ device }: VfioDevice): NvgraceMemory | undefined => memory.find(({ at }) => at === device.bdf)
  const readyTimes = new WeakMap<VfioDevice, ReadyTime>()
  const readyOf = (vdev: VfioDevice): ReadyTime => {
    const known = readyTimes.get(vdev) ?? new ReadyTime(vdev.services.kernel)
    readyTimes.set(vdev, known)
    return known
  }
  return {
    driver: 'nvgrace-gpu-vfio-pci',
    lends: true,
    fakeRegion: (vdev, index) => {
      const told = of(vdev)
      return told === undefined ? undefined : regionsOf(told).get(index)
    },
    resetDone: (vdev) => {
      const told = of(vdev)
      if (told !== undefined) readyOf(vdev).at = vdev.services.kernel.now() + (told.readyAfter ?? 0)
    },
    waitUntilReady: (vdev) =>
      of(vdev)?.readyBy === 'cxl' ? done(undefined) : waitReady(readyOf(vdev), vdev, POLL_LIMIT_TICKS),
    waitUnlocked: (vdev) =>
      of(vdev)?.readyBy === 'cxl' ? waitReady(readyOf(vdev), vdev, CXL_LIMIT_TICKS) : done(undefined),
  }
}

/** When a GPU that was reset, and not touched since, will be ready. **Units** ticks. */
class ReadyTime {
  readonly #shared: Shared
  #at: number | undefined

  constructor(kernel: Kernel) {
    this.#shared = kernel.shared('when a GPU is ready')
  }

  get at(): number | undefined {
    this.#shared.readValue(this.#at ?? 0)
    return this.#at
  }

  set at(at: number | undefined) {
    this.#at = at
    this.#shared.writeValue(at ?? 0)
  }
}

function* waitReady(ready: ReadyTime, vdev: VfioDevice, limit: number): Op<void> {
  const at = ready.at
  if (at === undefined) return
  yield* poll(vdev, at, limit)
  ready.at = undefined
}

/** For `bar` with `memory_lock` held for reading, so a reset waits meanwhile. **Errors** ETIME (VFIO-62). */
function* poll({ device, services: { kernel } }: VfioDevice, readyAt: number, limit: number): Op<void> {
  for (let waited = 0; kernel.now() < readyAt; waited += POLL_TICKS) {
    if (waited >= limit) throw new KernelError('ETIME', 'VFIO-62', `${device.name} does not get ready`)
    yield* sleep(POLL_TICKS)
  }
}

function regionsOf({ start, length, migBug }: NvgraceMemory): ReadonlyMap<number, FakeRegion> {
  const whole = physAddr(start)
  if (migBug !== true) return new Map([[MEMORY_REGION, region(whole, length)]])
  const usable = alignDown(length - TAIL_AT_LEAST, MEMORY_BLOCK)
  return new Map([
    [MEMORY_REGION, region(whole, usable)],
    [TAIL_REGION, region(physAddr(start + usable), length - usable)],
  ])
}

const region = (start: PhysAddr, length: number): FakeRegion => ({
  start,
  length,
  size: 2 ** Math.ceil(Math.log2(length)),
})
