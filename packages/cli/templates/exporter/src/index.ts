/**
 * An exporter for the driver `sample`: it lends ranges of the BARs of its device, takes them back when the device is
 * suspended or its file is closed, and lends them again when the device is resumed.
 */
import {
  advance,
  type Controls,
  type Device,
  type DmaBuf,
  enableMemory,
  type Exporter,
  type ExporterFile,
  type ExportRequest,
  initP2p,
  isMemoryBar,
  KERNEL,
  type Kernel,
  KernelError,
  type Lock,
  type Op,
  p2pProvider,
  type Plugin,
  type SgtServices,
  sgtServices,
  type StepValue,
} from '@barter/core'
import { LentBuffer } from './lent-buffer.ts'

const NAME = 'barter-exporter-sample'
const RULE = 'VFIO-9'
const none = { type: 'object', additionalProperties: false } as const

/** Words of user space on the open device, beside those that every exporter has. */
const CONTROLS: Controls = {
  suspend: { summary: 'take everything back that was lent', args: none },
  resume: { summary: 'lend it again', args: none },
}

/** The plugin. It taps and returns: work begins when a run asks for the exporter. */
export default function sampleExporter(): Plugin {
  return {
    name: NAME,
    apply: ({ hooks }) => {
      hooks.exporter.for('sample').tap(NAME, (run) => exporter(sgtServices(run), run.get(KERNEL)))
    },
  }
}

/** Made once per run: what a run keeps belongs in here, not in the module. */
function exporter(services: SgtServices, kernel: Kernel): Exporter {
  /** Open files of each device that the driver is bound to. */
  const bound = new Map<Device, Set<SampleFile>>()
  let buffers = 0
  return {
    driver: 'sample',
    controls: CONTROLS,
    *probe(device) {
      enableMemory(device)
      initP2p(device)
      bound.set(device, new Set())
    },
    // Nobody is waited for but importers: what was lent is taken from them, and files are of no use any more.
    *remove(device) {
      const files = bound.get(device) ?? []
      bound.delete(device)
      for (const file of files) yield* file.close()
    },
    *open(device) {
      const files = bound.get(device)
      if (files === undefined) throw new KernelError('ENODEV', RULE, `${device.name} is not bound to sample`)
      const file = new SampleFile(services, kernel, device, () => `${device.name}#${++buffers}`)
      files.add(file)
      return file
    },
  }
}

class SampleFile implements ExporterFile {
  readonly device: Device
  readonly #services: SgtServices
  readonly #kernel: Kernel
  readonly #nextName: () => string
  /** Guards what follows, and the state of the buffers; always taken before a reservation. */
  readonly #lock: Lock
  /** Holds no reference: a buffer takes itself off it when it is released. */
  readonly #lent = new Set<LentBuffer>()
  #state: 'lends' | 'suspended' | 'closed' = 'lends'

  constructor(services: SgtServices, kernel: Kernel, device: Device, nextName: () => string) {
    this.device = device
    this.#services = services
    this.#kernel = kernel
    this.#nextName = nextName
    this.#lock = kernel.lock(`sample(${device.name})`)
  }

  /** **Errors** EINVAL for what is not in whole pages of a memory BAR; ENODEV while nothing is lent. */
  *export({ bar, ranges, name = this.#nextName() }: ExportRequest): Op<DmaBuf> {
    const from = this.device.fn.bars.find((one) => one.index === bar)
    const provider = p2pProvider(this.device, bar)
    if (from === undefined || !isMemoryBar(from) || provider === null) throw invalid(`there is no memory BAR ${bar}`)
    if (ranges.length === 0) throw invalid('no ranges')
    const page = BigInt(this.#services.facts.pageSize)
    for (const { offset, length } of ranges) {
      const whole = length > 0n && offset % page === 0n && length % page === 0n
      if (!whole || offset + length > BigInt(from.length ?? 0)) throw invalid(`not whole pages of BAR ${bar}`)
    }
    const target = ranges.map(({ offset, length }) => ({ bar, offset: Number(offset), length: Number(length) }))
    const pieces = target.map(({ offset, length }) => ({ start: advance(from.start, offset), length }))
    yield* this.#lock.lock()
    try {
      if (this.#state !== 'lends') throw new KernelError('ENODEV', RULE, `${this.device.name} lends nothing now`)
      const lent: LentBuffer = new LentBuffer(this.#services, this.#kernel, {
        name,
        request: { provider, pieces, target },
        release: () => this.#unlist(lent),
      })
      this.#lent.add(lent)
      return lent.buffer
    } finally {
      this.#lock.unlock()
    }
  }

  *control(name: string): Op<StepValue> {
    yield* this.#lock.lock()
    try {
      if (this.#state === 'closed') throw new KernelError('ENODEV', RULE, `the driver left ${this.device.name}`)
      this.#state = name === 'suspend' ? 'suspended' : 'lends'
      for (const lent of [...this.#lent]) yield* name === 'suspend' ? lent.revoke() : lent.restore()
      return null
    } finally {
      this.#lock.unlock()
    }
  }

  /** Also what an unbind does. Works twice. */
  *close(): Op<void> {
    yield* this.#lock.lock()
    this.#state = 'closed'
    for (const lent of [...this.#lent]) yield* lent.revoke()
    this.#lock.unlock()
  }

  *#unlist(lent: LentBuffer): Op<void> {
    yield* this.#lock.lock()
    this.#lent.delete(lent)
    this.#lock.unlock()
  }
}

const invalid = (why: string): KernelError => new KernelError('EINVAL', RULE, why)
