/** The plugin: an exporter for driver `p2pmem`, and the run's P2P memory as a service. */
import {
  AT_END,
  BUS,
  DEVICES,
  type Device,
  enableMemory,
  type Exporter,
  type ExporterFile,
  KERNEL,
  KernelError,
  numbering,
  type Op,
  type Plugin,
  RANDOM,
  type Scope,
  sgtServices,
  WITNESS,
} from '@barter/core'
import { P2PMEM_CONTROLS } from './controls.ts'
import type { PgmapOptions } from './options.ts'
import { P2P_MEMORY, P2pMemory } from './p2p-memory.ts'
import { P2pmemFile, type P2pmemServices } from './p2pmem-file.ts'

const NAME = 'legacy-pgmap'

/** **Shape** no options are needed. **Source** PGM-1 to PGM-12, P2P-26, P2P-27 */
export function pgmap(options: PgmapOptions = {}): Plugin {
  return {
    name: NAME,
    apply: ({ hooks, scope }) => {
      scope.provide(P2P_MEMORY, (run) => makeMemory(run, options))
      hooks.exporter.for('p2pmem').tap(NAME, (run) => new P2pmemDriver(run))
    },
  }
}

function makeMemory(run: Scope, options: PgmapOptions): P2pMemory {
  const services = { ...sgtServices(run), kernel: run.get(KERNEL), random: run.get(RANDOM) }
  const memory = new P2pMemory({ ...services, options })
  const witness = run.get(WITNESS)
  run.get(AT_END)(() => {
    for (const { device, lent } of memory.leftovers()) {
      witness.leftover(`${lent} bytes of P2P pages of ${device.name}`, 'PGM-7')
    }
  })
  return memory
}

class P2pmemDriver implements Exporter {
  readonly driver = 'p2pmem'
  readonly controls = P2PMEM_CONTROLS
  readonly kind = {
    addresses: 'pages',
    admits: 'anybody',
    pin: 'succeeds',
    revoke: 'none',
    ranges: false,
    mmap: 'pages',
    prepare: [{ verb: 'addResource', args: { bar: 0 } }],
  } as const
  readonly #services: P2pmemServices
  readonly #bound = new Set<Device>()

  constructor(run: Scope) {
    const kernel = run.get(KERNEL)
    this.#services = {
      ...sgtServices(run),
      kernel,
      devices: run.get(DEVICES),
      memory: run.get(P2P_MEMORY),
      bus: run.get(BUS),
      nextBuffer: numbering(kernel, 'buffers'),
    }
  }

  *probe(device: Device): Op<void> {
    device.lock.assertHeld()
    enableMemory(device)
    this.#bound.add(device)
  }

  /** Waits for every page that somebody holds (PGM-11). */
  *remove(device: Device): Op<void> {
    device.lock.assertHeld()
    this.#bound.delete(device)
    yield* this.#services.memory.detach(device)
  }

  /** **Errors** ENODEV when the driver is not bound. */
  *open(device: Device): Op<ExporterFile> {
    if (!this.#bound.has(device)) throw new KernelError('ENODEV', 'PGM-8', `${device.name} is not bound to p2pmem`)
    return new P2pmemFile(this.#services, device)
  }
}
