/** An open device of the lender. */
import {
  advance,
  type Bus,
  type Device,
  type DmaBuf,
  done,
  type ExporterFile,
  type ExportRequest,
  KernelError,
  type Op,
  p2pProvider,
  type RwSem,
  sleep,
  type StepValue,
  waitFor,
} from '@barter/core'
import { LentBuffer, type LentParts } from './lent-buffer.ts'
import { LentMemory } from './lent-memory.ts'
import type { Meddling } from './lender-options.ts'

export interface FileParts extends Omit<LentParts, 'meddle'> {
  readonly bus: Bus
  readonly meddling: Meddling | undefined
  readonly nextBuffer: () => number
}

const COMMAND = 4
const DECODES = 6
const DARK = 4
const BUSY_TICKS = 10_000

export class LenderFile implements ExporterFile {
  readonly device: Device
  readonly #parts: FileParts
  readonly #memoryLock: RwSem
  /** Each that is not released, in the order of the exports. Holds no reference. */
  readonly #lent = new Set<LentBuffer>()
  /** Of all that it ever lent. */
  readonly #memories: LentMemory[] = []
  #meddling: Meddling | undefined

  constructor(parts: FileParts) {
    this.#parts = parts
    this.device = parts.device
    this.#meddling = parts.meddling
    this.#memoryLock = parts.kernel.rwsem(`memory_lock(${parts.device.name})`)
  }

  /** **Errors** EINVAL for what is not in a BAR of the device. */
  *export({ bar, ranges }: ExportRequest): Op<DmaBuf> {
    const { services, bus, nextBuffer, meddling } = this.#parts
    const lentBar = this.device.fn.bars.find((one) => one.index === bar)
    const provider = p2pProvider(this.device, bar)
    const target = ranges.map(({ offset, length }) => ({ bar, offset: Number(offset), length: Number(length) }))
    const inside = target.every((piece) => piece.length > 0 && piece.offset + piece.length <= (lentBar?.length ?? 0))
    if (lentBar === undefined || provider === null || target.length === 0 || !inside) {
      throw new KernelError('EINVAL', 'VFIO-9', `BAR ${bar} of ${this.device.name} has no such ranges`)
    }
    const pieces = target.map(({ offset, length }) => ({ start: advance(lentBar.start, offset), length }))
    const size = pieces.reduce((sum, piece) => sum + piece.length, 0)
    const name = `buf${nextBuffer()}`
    const memory = new LentMemory(bus, pieces)
    const lent: LentBuffer = new LentBuffer(
      { ...this.#parts, meddle: meddling === undefined ? undefined : (at) => this.#meddle(at) },
      { name, size, memory, request: { provider, pieces, target }, release: () => this.#unlist(lent) },
    )
    this.#memories.push(memory)
    yield* this.#locked(() => done(this.#lent.add(lent)))
    services.trace.emit({ kind: 'export', buffer: name, device: this.device.name, bar, length: size, state: 'live' })
    return lent.buffer
  }

  control(name: string, args: Readonly<Record<string, StepValue>>): Op<StepValue> {
    return this.#locked(() => this.#control(name, args))
  }

  /** Revoked for good. */
  *close(): Op<void> {
    yield* this.#locked(() => this.#each((lent) => lent.revoke()))
  }

  *#control(name: string, args: Readonly<Record<string, StepValue>>): Op<StepValue> {
    if (name === 'dark' || name === 'light') this.device.config.write(COMMAND, 2, name === 'dark' ? DARK : DECODES)
    if (name === 'revoke') yield* this.#each((lent) => lent.revoke())
    if (name === 'restore') yield* this.#each((lent) => lent.restore())
    if (name === 'check') yield* this.#each((lent) => lent.checkGuard())
    if (name === 'busy') yield* this.#each((lent) => lent.busy((end) => this.#later(end)))
    if (name !== 'peek') return null
    const bytes = yield* this.#at(Number(args.buffer ?? 0)).read(Number(args.offset ?? 0), Number(args.length))
    return String.fromCharCode(...bytes)
  }

  #later(end: () => void): void {
    this.#parts.kernel.spawn('mover', function* () {
      yield* sleep(BUSY_TICKS)
      end()
    })
  }

  #at(index: number): LentMemory {
    const memory = this.#memories[index]
    if (memory === undefined)
      throw new KernelError('ENOENT', 'VFIO-9', `${this.device.name} has not lent ${index + 1} buffers`)
    return memory
  }

  *#unlist(lent: LentBuffer): Op<void> {
    yield* this.#locked(() => done(this.#lent.delete(lent)))
  }

  /** The first time that a moment comes, the words are said by another thread, and waited for. */
  *#meddle(at: Meddling['at']): Op<void> {
    const meddling = this.#meddling
    if (meddling?.at !== at) return
    this.#meddling = undefined
    const say = (word: string): Op<StepValue> => this.control(word, {})
    const thread = this.#parts.kernel.spawn('vmm (meddling)', function* () {
      for (const word of meddling.words) yield* say(word)
    })
    yield* waitFor(thread.ended, 'the lender acts in between')
  }

  *#each(act: (lent: LentBuffer) => Op<void>): Op<void> {
    for (const lent of [...this.#lent]) yield* act(lent)
  }

  *#locked<T>(work: () => Op<T>): Op<T> {
    yield* this.#memoryLock.downWrite()
    try {
      return yield* work()
    } finally {
      this.#memoryLock.upWrite()
    }
  }
}
