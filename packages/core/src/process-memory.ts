/** Memory of a process, as a VMM makes it for its guest: anonymous, or a memfd. Its pages stay where they are. */
import { advance, formatLength, type PhysAddr, physAddr, type PhysRange } from './address.ts'
import { KernelError } from './errors.ts'
import type { Kernel } from './kernel.ts'
import type { KernelObject } from './kernel-object.ts'
import { done, type Op } from './op.ts'
import type { Shared } from './shared.ts'
import type { Topology } from './topology.ts'

export type MemoryType = 'memory' | 'memfd'

export class ProcessMemory implements KernelObject {
  readonly name: string
  readonly type: MemoryType
  /** Bytes, whole pages. */
  readonly length: number
  /** **Not modelled** memory that is scattered: it is one piece. */
  readonly start: PhysAddr

  constructor(type: MemoryType, name: string, start: PhysAddr, length: number) {
    this.type = type
    this.name = name
    this.start = start
    this.length = length
  }

  /** The piece at `offset`. **Errors** `errno` beyond the end. */
  range(offset: number, length: number, errno: 'EFAULT' | 'EINVAL'): PhysRange {
    if (offset < 0 || offset + length > this.length) {
      throw new KernelError(errno, 'MM-1', `${this.name} is ${formatLength(this.length)} long`)
    }
    return { start: advance(this.start, offset), length }
  }

  /** Nobody else gets these pages, so that whoever reaches them late is seen. */
  close(): Op<void> {
    return done(undefined)
  }
}

export const isMemory = (object: KernelObject | undefined): object is ProcessMemory => object instanceof ProcessMemory

/** Where the kernel itself and the firmware are. **Units** bytes. */
const FIRST_FREE = 2 ** 24
const ALIGNMENT = 2 ** 21

/** Hands out RAM of the machine, piece after piece. */
export class RamAllocator {
  readonly #pieces: { at: number; readonly end: number }[]
  readonly #pageSize: number
  readonly #shared: Shared

  constructor(kernel: Kernel, topology: Topology, pageSize: number) {
    this.#shared = kernel.shared('free memory')
    this.#pageSize = pageSize
    this.#pieces = topology.memory.map(({ start, length }) => ({
      at: Math.max(start, FIRST_FREE),
      end: start + length,
    }))
  }

  /** **Errors** ENOMEM when the machine has, or tells of, no such piece of RAM. */
  allocate(type: MemoryType, name: string, length: number): ProcessMemory {
    this.#shared.write()
    const whole = Math.ceil(length / this.#pageSize) * this.#pageSize
    for (const piece of this.#pieces) {
      const start = Math.ceil(piece.at / ALIGNMENT) * ALIGNMENT
      if (start + whole > piece.end) continue
      piece.at = start + whole
      return new ProcessMemory(type, name, physAddr(start), whole)
    }
    throw new KernelError('ENOMEM', 'MM-1', `the machine has no ${formatLength(whole)} of RAM in one piece to give`)
  }
}
