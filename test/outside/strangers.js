/**
 * Importers as somebody else would write them, in plain JavaScript: four that are right, each in its own way, and what goes
 * wrong in such code. Option: `how`, one of `HOW`.
 */
import { advance, BUS, KERNEL, KernelError, point, setMaster, waitFor } from '@barter/core'

/** Maps when it moves data, with the reservation held, and lets go in the callback. */
class Plain {
  constructor({ kernel, bus, device, buffer }) {
    this.kernel = kernel
    this.bus = bus
    this.device = device
    this.buffer = buffer
  }

  *attach() {
    this.buffer.get()
    try {
      const told = (attachment) => this.told(attachment)
      this.attachment = yield* this.buffer.attach(this.device, { peer2peer: true, invalidate: told })
    } catch (error) {
      this.buffer.put()
      throw error
    }
  }

  told(attachment) {
    return this.unmap(attachment)
  }

  *unmap(attachment) {
    if (attachment.table !== null) yield* attachment.unmap(attachment.table, 'bidirectional')
  }

  *table() {
    return this.attachment.table ?? (yield* this.attachment.map('bidirectional'))
  }

  *access(request) {
    try {
      return yield* this.transfer(request)
    } catch (error) {
      if (!(error instanceof KernelError)) throw error
      return { ok: false, status: 'engine fault', errno: error.errno, rule: error.rule }
    }
  }

  transfer(request) {
    return this.locked(() => this.mapAndMove(request))
  }

  *mapAndMove(request) {
    return yield* this.move(yield* this.table(), request)
  }

  *move(table, { access, offset, length, data }) {
    const packet = { from: this.device, access, at: advance(table.entries[0].address, offset), length, data }
    const { arrived, route } = yield* this.bus.dma({ ...packet, mapping: table.mapping })
    return { ok: arrived, status: arrived ? 'success' : route.why }
  }

  locked(work) {
    return this.buffer.resv.locked(work)
  }

  *close() {
    yield* this.locked(() => this.unmap(this.attachment))
    yield* this.buffer.detach(this.attachment)
    yield* this.last()
  }

  *last() {
    this.buffer.put()
  }
}

/** Leaves the unmap to a thread of its own, which uses the buffer by the reference of the import. */
class Worker extends Plain {
  workers = [];

  *told(attachment) {
    if (attachment.table !== null) this.later(() => this.locked(() => this.unmap(attachment)))
  }

  later(work) {
    this.workers.push(this.kernel.spawn(`worker(${this.device.name})`, work))
  }

  *last() {
    for (const { ended } of this.workers) yield* waitFor(ended, 'worker')
    yield* super.last()
  }
}

class WorkerWithOldTable extends Worker {
  *told(attachment) {
    const { table } = attachment
    if (table !== null) this.later(() => this.locked(() => attachment.unmap(table, 'bidirectional')))
  }
}

class WorkerBesideEngine extends Worker {
  *transfer(request) {
    return yield* this.move(yield* this.locked(() => this.table()), request)
  }
}

class WorkerAfterClose extends Worker {
  last() {
    return Plain.prototype.last.call(this)
  }
}

/** The engine runs under a fence of its own; who lets go waits for it. */
class Fence extends Worker {
  *transfer(request) {
    const fence = this.kernel.fence(`job(${this.device.name})`)
    const table = yield* this.locked(() => this.begin(fence))
    try {
      return yield* this.move(table, request)
    } finally {
      fence.signal()
    }
  }

  *begin(fence) {
    const table = yield* this.table()
    yield* this.promise(fence)
    return table
  }

  *promise(fence) {
    this.buffer.resv.addFence(fence, 'bookkeep')
  }

  *unmap(attachment) {
    yield* this.buffer.resv.wait('bookkeep')
    yield* super.unmap(attachment)
  }
}

class FenceNotWaitedFor extends Fence {
  told(attachment) {
    return Plain.prototype.unmap.call(this, attachment)
  }
}

class FenceTooLate extends Fence {
  *begin() {
    return yield* this.table()
  }

  *move(table, request) {
    const fence = this.kernel.fence(`job(${this.device.name})`)
    yield* this.locked(() => this.promise(fence))
    try {
      return yield* super.move(table, request)
    } finally {
      fence.signal()
    }
  }
}

class FenceForgotten extends Plain {
  *mapAndMove(request) {
    const fence = this.kernel.fence(`job(${this.device.name})`)
    this.buffer.resv.addFence(fence, 'bookkeep')
    const result = yield* super.mapAndMove(request)
    fence.signal()
    return result
  }
}

/** A lock of its own around the engine, inside the reservation. */
class Queue extends Plain {
  constructor(parts) {
    super(parts)
    this.queue = parts.kernel.lock(`queue(${parts.device.name})`)
  }

  *transfer(request) {
    const table = yield* this.locked(() => this.enter())
    try {
      return yield* this.move(table, request)
    } finally {
      this.queue.unlock()
    }
  }

  *enter() {
    const table = yield* this.table()
    yield* this.queue.lock()
    return table
  }

  *unmap(attachment) {
    yield* this.queue.lock()
    yield* super.unmap(attachment)
    this.queue.unlock()
  }
}

class QueueOtherWayRound extends Queue {
  *transfer(request) {
    yield* this.queue.lock()
    try {
      return yield* this.locked(() => this.mapAndMove(request))
    } finally {
      this.queue.unlock()
    }
  }
}

class QueueNotTakenWhenTold extends Queue {
  told(attachment) {
    return Plain.prototype.unmap.call(this, attachment)
  }
}

class QueueKept extends Queue {
  *transfer(request) {
    yield* this.queue.lock()
    if (!this.buffer.resv.lock.tryLock()) return { ok: false, status: 'busy' }
    try {
      return yield* this.mapAndMove(request)
    } finally {
      this.buffer.resv.lock.unlock()
      this.queue.unlock()
    }
  }
}

/** Asks its engine for ever whether it is ready. */
class Poll extends Plain {
  *access() {
    for (;;) yield* point('is it ready?')
  }
}

/** What a bare `yield` with something else in it makes of a call. */
class Foreign extends Plain {
  access() {
    const refuse = (error) => {
      throw error
    }
    return { next: () => ({ done: false, value: 42 }), throw: refuse, [Symbol.iterator]: () => this.access() }
  }
}

/** Fails where nobody waits for it. */
class Later extends Plain {
  async access() {
    throw new Error('not before tomorrow')
  }
}

/** By what it says of itself every field is told; its flag is not. */
class Silent extends Plain {
  busy = false
  owes = false;

  *told(attachment) {
    yield* point('is it busy?')
    if (this.busy) this.owes = true
    else yield* this.unmap(attachment)
  }

  *transfer(request) {
    this.busy = true
    const result = yield* super.transfer(request)
    if (this.owes) yield* this.locked(() => this.unmap(this.attachment))
    yield* point('busy no longer')
    this.busy = false
    return result
  }
}

export const HOW = {
  plain: Plain,
  worker: Worker,
  'worker with an old table': WorkerWithOldTable,
  'worker beside its engine': WorkerBesideEngine,
  'worker after its close': WorkerAfterClose,
  fence: Fence,
  'fence not waited for': FenceNotWaitedFor,
  'fence too late': FenceTooLate,
  'fence forgotten': FenceForgotten,
  queue: Queue,
  'queue the other way round': QueueOtherWayRound,
  'queue not taken when told': QueueNotTakenWhenTold,
  'queue kept': QueueKept,
  poll: Poll,
  foreign: Foreign,
  later: Later,
  silent: Silent,
}

export default function strangers({ how = 'plain', tells = false } = {}) {
  const Region = HOW[how]
  return {
    name: 'strangers',
    apply: ({ hooks }) => {
      hooks.importer.for('card').tap('strangers', (run) => ({
        driver: 'card',
        supports: { dynamic: true, peer2peer: true, invalidate: true, pins: false, restartable: true },
        ...(tells ? { tellsWhatItTouches: true } : {}),
        *probe(device) {
          setMaster(device, true)
        },
        *import(device, buffer) {
          const region = new Region({ kernel: run.get(KERNEL), bus: run.get(BUS), device, buffer })
          yield* region.attach()
          return region
        },
      }))
    },
  }
}
