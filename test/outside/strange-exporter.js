/**
 * An exporter as somebody else would write it, in plain JavaScript, who resets his device and switches its memory off and on;
 * and what goes wrong in such code. Option: `how`, one of `HOW`.
 */
import {
  advance,
  DEVICES,
  DmaBuf,
  enableMemory,
  freeSgt,
  initP2p,
  KERNEL,
  KernelError,
  p2pProvider,
  physVecToSgt,
  point,
  quiesce,
  resetFunction,
  sgtServices,
  TOPOLOGY,
} from '@barter/core'

const none = { type: 'object', additionalProperties: false }
const controls = {
  reset: { summary: 'reset the function', args: none },
  off: { summary: 'switch its memory off', args: none },
  on: { summary: 'switch it on', args: none },
}

const refuse = (errno, rule, why) => {
  throw new KernelError(errno, rule, why)
}

class Lent {
  constructor(file, { bar, ranges, name }, number) {
    const { services, kernel } = file.driver
    const known = file.device.fn.bars.find(({ index }) => index === bar)
    const provider = p2pProvider(file.device, bar)
    if (known === undefined || provider === null || ranges.length === 0) refuse('EINVAL', 'VFIO-9', 'nothing to lend')
    for (const { offset, length } of ranges) {
      const isWhole = length > 0n && (offset | length) % 4096n === 0n && offset + length <= BigInt(known.length)
      if (!isWhole) refuse('EINVAL', 'VFIO-9', 'not whole pages of the BAR')
    }
    const target = ranges.map(({ offset, length }) => ({ bar, offset: Number(offset), length: Number(length) }))
    const pieces = target.map(({ offset, length }) => ({ start: advance(known.start, offset), length }))
    this.request = { provider, pieces, target }
    this.file = file
    this.services = services
    this.drained = kernel.completion(`unmaps(${number})`)
    this.mappings = 0
    this.revoked = file.closed || !file.isOn
    const { trace, facts, witness } = services
    const size = pieces.reduce((sum, { length }) => sum + length, 0)
    const ops = {
      attach: (attachment) => this.attach(attachment),
      map: (attachment, direction) => this.map(attachment, direction),
      unmap: (attachment, table, direction) => this.unmap(attachment, table, direction),
      release: () => this.release(),
    }
    const spec = { name: name ?? `card#${number}`, exporter: 'card', size, ops }
    this.buffer = new DmaBuf({ kernel, trace, facts, witness }, spec)
  }

  *attach({ peer2peer, revocable }) {
    if (!peer2peer) refuse('EOPNOTSUPP', 'VFIO-25', 'it does no peer to peer')
    if (this.revoked) refuse('ENODEV', 'VFIO-25', 'taken back')
    if (!revocable) refuse('EOPNOTSUPP', 'VFIO-25', 'it cannot be told')
  }

  *map(attachment, direction) {
    if (this.revoked) refuse('ENODEV', 'VFIO-26', 'taken back')
    const table = yield* physVecToSgt(this.services, { attachment, direction, ...this.request })
    this.mappings++
    return table
  }

  *unmap(attachment, table, direction) {
    yield* this.free(attachment, table, direction)
    this.mappings--
    if (this.mappings === 0 && this.revoked) this.drained.complete()
  }

  *free(attachment, table, direction) {
    yield* freeSgt(this.services, attachment, table, direction)
  }

  *release() {
    yield* this.file.lock.lock()
    this.file.lents.delete(this)
    this.file.lock.unlock()
  }

  *revoke() {
    if (this.revoked || !this.buffer.getActive()) return
    const { resv, name } = this.buffer
    this.services.witness.revoking(name, 'card takes it back')
    yield* resv.lock.lock()
    this.revoked = true
    yield* this.tell()
    yield* resv.wait('bookkeep')
    resv.lock.unlock()
    yield* this.waitForUnmaps()
    this.drained.rearm()
    this.services.witness.revoked(name, 'card took it back')
    this.buffer.put()
  }

  *tell() {
    yield* this.buffer.invalidate()
  }

  *waitForUnmaps() {
    if (this.mappings > 0) yield* this.drained.wait('unmap')
  }

  *restore() {
    if (!this.revoked || !this.buffer.getActive()) return
    const { resv, name } = this.buffer
    yield* resv.lock.lock()
    yield* this.buffer.invalidate()
    this.services.witness.restored(name)
    this.revoked = false
    resv.lock.unlock()
    this.buffer.put()
  }
}

class File {
  constructor(driver, device) {
    this.driver = driver
    this.device = device
    this.lents = new Set()
    this.closed = false
    this.isOn = true
    this.lock = driver.kernel.lock(`card(${device.name})`)
  }

  lend(request) {
    return new this.driver.Lent(this, request, ++this.driver.count)
  }

  *export(request) {
    yield* this.lock.lock()
    try {
      const lent = this.lend(request)
      this.lents.add(lent)
      return lent.buffer
    } finally {
      this.lock.unlock()
    }
  }

  *control(name) {
    yield* this.lock.lock()
    try {
      if (this.closed) refuse('ENODEV', 'TRG-15', 'gone')
      yield* this[name]()
      return null
    } finally {
      this.lock.unlock()
    }
  }

  *reset() {
    yield* this.revokeAll()
    yield* resetFunction(this.driver.pci, this.device)
    if (this.isOn) yield* this.restoreAll()
  }

  *off() {
    yield* this.revokeAll()
    this.isOn = false
    quiesce(this.device)
  }

  *on() {
    this.isOn = true
    enableMemory(this.device)
    yield* this.restoreAll()
  }

  *revokeAll() {
    for (const lent of [...this.lents]) yield* lent.revoke()
  }

  *restoreAll() {
    for (const lent of [...this.lents]) yield* lent.restore()
  }

  *close() {
    yield* this.lock.lock()
    this.closed = true
    yield* this.revokeAll()
    this.lock.unlock()
  }
}

class Driver {
  driver = 'card'
  controls = controls
  Lent = Lent
  File = File
  count = 0
  files = new Map()

  constructor(run) {
    this.services = sgtServices(run)
    this.kernel = run.get(KERNEL)
    this.pci = { topology: run.get(TOPOLOGY), devices: run.get(DEVICES) }
  }

  *probe(device) {
    enableMemory(device)
    initP2p(device)
    this.files.set(device, new Set())
  }

  *remove(device) {
    for (const file of this.files.get(device) ?? []) yield* file.close()
    this.files.delete(device)
  }

  *open(device) {
    const files = this.files.get(device) ?? refuse('ENODEV', 'TRG-15', 'not bound')
    const file = new this.File(this, device)
    files.add(file)
    return file
  }
}

const lent = (change) => (driver) => Object.assign(driver, { Lent: change })
const file = (change) => (driver) => Object.assign(driver, { File: change })

export const HOW = {
  right: (driver) => driver,
  'resets without a revoke': file(
    class extends File {
      *reset() {
        yield* resetFunction(this.driver.pci, this.device)
      }
    },
  ),
  'revokes when it is off already': file(
    class extends File {
      *off() {
        quiesce(this.device)
        yield* this.revokeAll()
        this.isOn = false
      }
    },
  ),
  'lends again before it is on': file(
    class extends File {
      *on() {
        this.isOn = true
        yield* this.restoreAll()
        yield* point('switching on')
        enableMemory(this.device)
      }
    },
  ),
  'forgets its second buffer': file(
    class extends File {
      *revokeAll() {
        const [first] = this.lents
        if (first !== undefined) yield* first.revoke()
      }
    },
  ),
  'lists a buffer under no lock': file(
    class extends File {
      *export(request) {
        const made = this.lend(request)
        yield* point('listing it')
        this.lents.add(made)
        return made.buffer
      }
    },
  ),
  'lends while it is off': lent(
    class extends Lent {
      constructor(...args) {
        super(...args)
        this.revoked = false
      }
    },
  ),
  'tells nobody': lent(
    class extends Lent {
      *tell() {}
    },
  ),
  'tells one alone': lent(
    class extends Lent {
      *tell() {
        const [first] = this.buffer.attachments
        if (first !== undefined) yield* first.invalidate()
      }
    },
  ),
  'misses the last unmap': lent(
    class extends Lent {
      *waitForUnmaps() {
        if (this.mappings === 0) return
        yield* point('about to wait')
        this.drained.rearm()
        yield* this.drained.wait('unmap')
      }
    },
  ),
  'never unlists a buffer': lent(
    class extends Lent {
      *release() {}
    },
  ),
  'frees no table': lent(
    class extends Lent {
      *free() {}
    },
  ),
  'says too early that it is over': lent(
    class extends Lent {
      *waitForUnmaps() {
        this.services.witness.revoked(this.buffer.name, 'card took it back')
        yield* super.waitForUnmaps()
      }
    },
  ),
  'fails to unmap': lent(
    class extends Lent {
      *free(...args) {
        yield* super.free(...args)
        refuse('EIO', 'HAZ-1', 'no answer')
      }
    },
  ),
  'wakes who waits before it frees': lent(
    class extends Lent {
      *unmap(attachment, table, direction) {
        this.mappings--
        if (this.mappings === 0 && this.revoked) this.drained.complete()
        yield* this.free(attachment, table, direction)
      }
    },
  ),
  'takes its lock in the callback of others': lent(
    class extends Lent {
      *free(...args) {
        yield* this.file.lock.lock()
        yield* super.free(...args)
        this.file.lock.unlock()
      }
    },
  ),
}

export default function strangeExporter({ how = 'right' } = {}) {
  return {
    name: 'strange-exporter',
    apply: ({ hooks }) => {
      hooks.exporter.for('card').tap('strange-exporter', (run) => HOW[how](new Driver(run)))
    },
  }
}
