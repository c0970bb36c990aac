/** The plugin: an exporter of what RDMA has of its own, for driver `uverbs`. */
import {
  AT_END,
  type Device,
  enableMemory,
  type Exporter,
  type ExporterFile,
  type ExporterKind,
  initP2p,
  KernelError,
  type Op,
  type Plugin,
  setMaster,
} from '@barter/core'
import { UVERBS_CONTROLS } from './controls.ts'
import type { UverbsOptions } from './options.ts'
import { type UverbsServices, uverbsServices } from './services.ts'
import { UverbsContext } from './uverbs-context.ts'
import { UverbsFile } from './uverbs-file.ts'

const NAME = 'exporter-uverbs'

/** **Source** RDMA-18. **Not modelled** that no kernel before 7.3 has it: it is the same in every generation. */
export function uverbs(options: UverbsOptions = {}): Plugin {
  const { driver = 'uverbs' } = options
  return {
    name: NAME,
    apply: ({ hooks }) => {
      hooks.exporter.for(driver).tap(NAME, (run) => {
        const made = new UverbsDriver(driver, uverbsServices(run, options))
        run.get(AT_END)(() => {
          made.checkAtEnd()
        })
        return made
      })
    },
  }
}

const KIND: ExporterKind = {
  addresses: 'provider',
  admits: 'peer2peer',
  pin: 'refuses',
  revoke: 'waits',
  ranges: false,
  mmap: 'none',
}

class UverbsDriver implements Exporter {
  readonly driver: string
  readonly controls = UVERBS_CONTROLS
  readonly kind = KIND
  readonly #services: UverbsServices
  /** Open contexts of each bound NIC. */
  readonly #bound = new Map<Device, Set<UverbsContext>>()

  constructor(driver: string, services: UverbsServices) {
    this.driver = driver
    this.#services = services
  }

  /** **Errors** none: a NIC whose BARs cannot be lent works otherwise (P2P-9). */
  *probe(device: Device): Op<void> {
    device.lock.assertHeld()
    enableMemory(device)
    setMaster(device, true)
    if (this.#services.facts.config.p2pdma) initP2p(device)
    this.#bound.set(device, new Set())
  }

  /**
   * The driver does not wait for those who have the NIC open: it takes everything from them, and they get EIO from then
   * on. It waits for importers only.
   */
  *remove(device: Device): Op<void> {
    device.lock.assertHeld()
    const contexts = this.#bound.get(device) ?? []
    this.#bound.delete(device)
    for (const context of contexts) yield* context.destroy(`the driver left ${device.name}`)
  }

  /** **Errors** ENXIO when the driver is not bound, or on its way out. */
  *open(device: Device): Op<ExporterFile> {
    const contexts = this.#bound.get(device)
    if (contexts === undefined) throw new KernelError('ENXIO', 'RDMA-18', `${device.name} has no ${this.driver} driver`)
    const taken = () => [...contexts].flatMap(({ entries }) => entries.map(({ place }) => place))
    const context = new UverbsContext(this.#services, device, taken)
    contexts.add(context)
    return new UverbsFile(this.#services, context, () => contexts.delete(context))
  }

  /** Nobody has anything any more: do the counts agree, and is every list empty (INV-6, INV-28)? */
  checkAtEnd(): void {
    const { witness } = this.#services
    for (const { entries } of [...this.#bound.values()].flatMap((contexts) => [...contexts])) {
      for (const buffer of entries.flatMap(({ buffers }) => buffers)) {
        const mapped = buffer.dmabuf.tableCount
        const { count } = buffer.mappings
        if (!buffer.countAgrees(mapped)) witness.leftover(`mapping count ${count} of ${buffer.name}`, 'INV-6')
        witness.leftover(`${buffer.name} on the list of its pages`, 'INV-28')
      }
    }
  }
}
