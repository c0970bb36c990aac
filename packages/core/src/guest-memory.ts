/**
 * A CPU mapping as memory of a guest: KVM copies its translations and drops the copies when it hears that they go (MM-4,
 * MM-8, MM-9). It is the only other safe user of such a mapping beside the CPU itself.
 */
import { advance } from './address.ts'
import { type CpuMapping, type CpuMappingServices, type MappedRun, overPages, wordOfRuns } from './cpu-mapping.ts'
import { accessesThrough, type InFlight } from './in-flight.ts'
import type { Fence } from './kernel.ts'
import type { Shared } from './shared.ts'
import { mixA } from './hash.ts'
import type { MmuNotifier } from './mmu-notifier.ts'
import { type Op, point, waitFor } from './op.ts'
import type { Access, CpuAccess } from './platform.ts'

export class GuestMemory implements MmuNotifier {
  readonly name: string
  readonly #mapping: CpuMapping
  readonly #services: CpuMappingServices
  readonly #inFlight: InFlight
  /** For explorers: the copies, and the invalidations so far and under way. */
  readonly #shared: Shared
  #runs: readonly MappedRun[] = []
  /** While translations go; several may take them away at once. */
  #invalidation: Fence | undefined
  #invalidations = 0
  /** How many invalidations there were: a copy made across one is thrown away. */
  #generation = 0

  /** Make `mapping` memory of a guest, until `close`. */
  constructor(services: CpuMappingServices, mapping: CpuMapping) {
    this.name = `guest memory on ${mapping.name}`
    this.#mapping = mapping
    this.#services = services
    this.#inFlight = accessesThrough(services.kernel, this.name)
    this.#shared = services.kernel.shared('guest memory')
    mapping.subscribe(this)
  }

  /** The guest loads or stores. **Locks** none held. **Errors** EFAULT of the host's run call when the host may not reach it (MM-8). */
  *access(access: Access, offset: number, length: number, data?: Uint8Array): Op<CpuAccess> {
    this.#mapping.checkAccess(access, offset, length)
    return yield* this.#mapping.inside(
      overPages(this.#mapping.pageSize, access, offset, length, data, (piece) =>
        this.#accessPage(access, piece.offset, piece.length, piece.data),
      ),
    )
  }

  *begin(): Op<void> {
    this.#look()
    this.#generation++
    this.#invalidations++
    this.#invalidation ??= this.#services.kernel.fence(`invalidation of ${this.name}`)
    this.#runs = []
    this.#change()
    yield* this.#inFlight.settle()
  }

  end(): void {
    this.#look()
    if (--this.#invalidations <= 0) {
      this.#invalidation?.signal()
      this.#invalidation = undefined
    }
    this.#change()
  }

  close(): void {
    this.#mapping.unsubscribe(this)
  }

  *#accessPage(access: Access, offset: number, length: number, data: Uint8Array | undefined): Op<CpuAccess> {
    let run = this.#find(offset)
    while (run === undefined) {
      yield* this.#fault(offset)
      yield* point(`retry at ${this.name}`)
      run = this.#find(offset)
    }
    this.#inFlight.begin()
    try {
      const at = advance(run.at, offset - run.offset)
      return yield* this.#services.bus.cpu(access, at, length, data, this.#mapping.device.bdf)
    } finally {
      this.#inFlight.end()
    }
  }

  *#fault(offset: number): Op<void> {
    this.#look()
    if (this.#invalidation !== undefined) yield* waitFor(this.#invalidation, 'translations are being taken away')
    this.#look()
    const generation = this.#generation
    const found = yield* this.#mapping.followPfn(offset)
    yield* point(`${this.name}: enter the translation`)
    // Zapped since it was looked up: look again.
    this.#look()
    if (generation !== this.#generation) return
    this.#runs = [...this.#runs, { offset, length: found.length, at: found.start }]
    this.#change()
  }

  #look(): void {
    this.#shared.readValue(this.#content)
  }

  #change(): void {
    this.#shared.writeValue(this.#content)
  }

  get #content(): number {
    return mixA(mixA(wordOfRuns(this.#runs), this.#generation), this.#invalidations)
  }

  #find(offset: number): MappedRun | undefined {
    this.#look()
    return this.#runs.find((run) => offset >= run.offset && offset < run.offset + run.length)
  }
}
