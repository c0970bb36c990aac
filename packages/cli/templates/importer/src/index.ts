/**
 * An importer for the driver `sample`: a device that uses BARs which other devices lend. It maps when it has to move data,
 * and lets go in the callback.
 */
import {
  type AccessRequest,
  type AccessResult,
  advance,
  type Attachment,
  BUS,
  type Bus,
  type Device,
  type DmaBuf,
  type Import,
  type Importer,
  KernelError,
  type Op,
  type Plugin,
  setMaster,
  type SgTable,
} from '@barter/core'

const NAME = 'barter-importer-sample'

/** The plugin. It taps and returns: work begins when a run asks for the importer. */
export default function sampleImporter(): Plugin {
  return {
    name: NAME,
    apply: ({ hooks }) => {
      hooks.importer.for('sample').tap(NAME, (run) => importer(run.get(BUS)))
    },
  }
}

/** Made once per run: what a run keeps belongs in here, not in the module. */
function importer(bus: Bus): Importer {
  return {
    driver: 'sample',
    // What it declares picks the chapters of the conformance kit, and it has to be true (IMP-1).
    supports: { dynamic: true, peer2peer: true, invalidate: true, pins: false, restartable: true },
    *probe(device) {
      setMaster(device, true)
    },
    *import(device, buffer) {
      const made = new SampleImport(bus, device, buffer)
      yield* made.attach()
      return made
    },
  }
}

class SampleImport implements Import {
  readonly #bus: Bus
  readonly #device: Device
  readonly #buffer: DmaBuf
  #attachment: Attachment | undefined

  constructor(bus: Bus, device: Device, buffer: DmaBuf) {
    this.#bus = bus
    this.#device = device
    this.#buffer = buffer
  }

  /** **Errors** what the exporter refuses with. */
  *attach(): Op<void> {
    // A reference of its own: user space may close its descriptor at any time (DMB-1).
    this.#buffer.get()
    try {
      this.#attachment = yield* this.#buffer.attach(this.#device, {
        peer2peer: true,
        invalidate: (attachment) => this.#letGo(attachment),
      })
    } catch (error) {
      this.#buffer.put()
      throw error
    }
  }

  /** With the reservation held from map to the last packet, so that whoever takes the memory back waits for it. */
  *access(request: AccessRequest): Op<AccessResult> {
    try {
      return yield* this.#buffer.resv.locked(() => this.#transfer(request))
    } catch (error) {
      // A refusal is how a transfer ends, in error. Everything else is a bug, and has to be seen.
      if (!(error instanceof KernelError)) throw error
      return { ok: false, status: 'engine fault', errno: error.errno, rule: error.rule }
    }
  }

  *close(): Op<void> {
    const attachment = this.#attached()
    yield* this.#buffer.resv.locked(() => this.#letGo(attachment))
    yield* this.#buffer.detach(attachment)
    this.#buffer.put()
  }

  /**
   * The callback, and the end of `close`. As a callback it runs in the exporter's thread, and may come before `attach` has
   * returned, twice, or with nothing mapped (IMP-2). **Locks** the reservation is held.
   */
  *#letGo(attachment: Attachment): Op<void> {
    const { table } = attachment
    if (table !== null) yield* attachment.unmap(table, 'bidirectional')
  }

  /** **Locks** the reservation is held. **Errors** the exporter's: ENODEV while the buffer is revoked (VFIO-26). */
  *#transfer(request: AccessRequest): Op<AccessResult> {
    const { offset, length } = request
    if (offset + length > this.#buffer.size) return { ok: false, status: 'beyond the end' }
    const attachment = this.#attached()
    const table = attachment.table ?? (yield* attachment.map('bidirectional'))
    return yield* this.#move(table, request)
  }

  /** Walk the table: a buffer may lie in many pieces (SGT-10). */
  *#move(table: SgTable, { access, offset, length, data }: AccessRequest): Op<AccessResult> {
    const back = new Uint8Array(access === 'read' ? length : 0)
    let start = 0
    let moved = 0
    for (const entry of table.entries) {
      const into = offset + moved - start
      start += entry.length
      if (into >= entry.length) continue
      const part = Math.min(length - moved, entry.length - into)
      const result = yield* this.#bus.dma({
        from: this.#device,
        access,
        at: advance(entry.address, into),
        length: part,
        // Only the judge reads it: by which mapping the device believes to be right.
        mapping: table.mapping,
        ...(data === undefined ? {} : { data: turned(data, moved) }),
      })
      if (!result.arrived) return { ok: false, status: result.route.why }
      if (result.data !== undefined) back.set(result.data.subarray(0, part), moved)
      moved += part
      if (moved === length) break
    }
    return { ok: true, status: 'success', ...(access === 'read' ? { data: back } : {}) }
  }

  #attached(): Attachment {
    if (this.#attachment === undefined) throw new KernelError('EBADF', 'DMB-11', 'not attached')
    return this.#attachment
  }
}

/** Data shorter than the transfer repeats: what is next after `moved` bytes of it. */
function turned(data: Uint8Array, moved: number): Uint8Array {
  const at = moved % data.length
  return at === 0 ? data : Uint8Array.of(...data.subarray(at), ...data.subarray(0, at))
}
