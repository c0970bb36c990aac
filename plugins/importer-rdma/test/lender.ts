/**
 * The smallest exporter that revokes as VFIO does (REV-2, REV-5), in each generation (GEN-3, GEN-4, GEN-9), with words of
 * its own for what the tests need.
 */
import {
  advance,
  type Completion,
  type Controls,
  DmaBuf,
  type DmaBufOps,
  done,
  type Exporter,
  FACTS,
  type ExporterFile,
  type ExportRequest,
  freeSgt,
  initP2p,
  KERNEL,
  KernelError,
  type Op,
  p2pProvider,
  physVecToSgt,
  type Plugin,
  type Scope,
  sgtServices,
  sleep,
  type StepValue,
} from '@barter/core'

export function lender(): Plugin {
  return {
    name: 'lender',
    apply: ({ hooks }) => {
      hooks.exporter.for('lender').tap('lender', makeLender)
    },
  }
}

const none = { type: 'object', additionalProperties: false }
const controls: Controls = {
  revoke: { summary: 'take the buffers back', args: none },
  restore: { summary: 'lend them again', args: none },
  dark: { summary: 'stop decoding memory', args: none },
  light: { summary: 'decode it again', args: none },
  busy: { summary: 'add a fence that signals 10 ms later', args: none },
}

const REFUSES_PIN: Pick<DmaBufOps, 'pin' | 'unpin'> = {
  pin: () => {
    throw new KernelError('EOPNOTSUPP', 'GEN-4', 'a lent BAR cannot be pinned')
  },
  unpin: () => done(undefined),
}

interface Lent {
  readonly buffer: DmaBuf
  readonly drained: Completion
  revoked: boolean
  mappings: number
}

function makeLender(run: Scope): Exporter {
  const kernel = run.get(KERNEL)
  const services = sgtServices(run)
  const { generation } = run.get(FACTS)
  const formal = generation === 'G2r' || generation === 'G2'
  return {
    driver: 'lender',
    controls,
    probe: (device) => {
      initP2p(device)
      return done(undefined)
    },
    remove: () => done(undefined),
    open: (device) => {
      const lent: Lent[] = []
      const memoryLock = kernel.rwsem(`memory_lock(${device.name})`)
      const file: ExporterFile = {
        device,
        export: ({ bar, ranges }) => {
          const one = exportBar(bar, ranges)
          lent.push(one)
          return done(one.buffer)
        },
        *control(name): Op<StepValue> {
          yield* memoryLock.downWrite()
          if (name === 'dark' || name === 'light') device.config.write(4, 2, name === 'dark' ? 4 : 6)
          for (const one of lent) {
            if (name === 'revoke') yield* revoke(one)
            if (name === 'restore') yield* restore(one)
            if (name === 'busy') yield* busy(one)
          }
          memoryLock.upWrite()
          return null
        },
        *close() {
          for (const one of lent) yield* revoke(one)
        },
      }
      const exportBar = (bar: number, ranges: ExportRequest['ranges']): Lent => {
        const start = device.fn.bars.find((one) => one.index === bar)?.start
        const provider = p2pProvider(device, bar)
        if (start === undefined || provider === null) throw new KernelError('EINVAL', 'VFIO-9', 'no such BAR')
        const pieces = ranges.map(({ offset, length }) => ({ offset: Number(offset), length: Number(length) }))
        const ops: DmaBufOps = {
          attach: (attachment) => {
            if (!attachment.peer2peer) throw new KernelError('EOPNOTSUPP', 'VFIO-25', 'not peer to peer')
            if (one.revoked) throw new KernelError('ENODEV', 'VFIO-25', `${name} is revoked`)
            if (formal && !attachment.revocable) throw new KernelError('EOPNOTSUPP', 'VFIO-25', 'not revocable')
            return done(undefined)
          },
          *map(attachment, direction) {
            if (one.revoked) throw new KernelError('ENODEV', 'VFIO-26', `${name} is revoked`)
            const table = yield* physVecToSgt(services, {
              attachment,
              direction,
              provider,
              pieces: pieces.map((piece) => ({ start: advance(start, piece.offset), length: piece.length })),
              target: pieces.map((piece) => ({ bar, ...piece })),
            })
            one.mappings++
            return table
          },
          *unmap(attachment, table, direction) {
            yield* freeSgt(services, attachment, table, direction)
            one.mappings--
            if (one.mappings === 0 && one.revoked) one.drained.complete()
          },
          release: () => done(undefined),
          ...(generation === 'G1p' ? REFUSES_PIN : {}),
        }
        const name = `buf${lent.length}`
        const size = pieces.reduce((sum, piece) => sum + piece.length, 0)
        const buffer = new DmaBuf({ kernel, ...services }, { name, exporter: 'lender', size, ops })
        const one: Lent = { buffer, drained: kernel.completion(`unmaps(${name})`), revoked: false, mappings: 0 }
        return one
      }
      return done(file)
    },
  }

  function* revoke(one: Lent): Op<void> {
    if (one.revoked || !one.buffer.getActive()) return
    const { resv, name } = one.buffer
    yield* resv.lock.lock()
    one.revoked = true
    yield* one.buffer.invalidate()
    if (formal) yield* resv.wait('bookkeep')
    resv.lock.unlock()
    if (formal && one.mappings > 0) yield* one.drained.wait('unmap')
    one.drained.rearm()
    services.witness.revoked(name, 'the lender was told to')
    services.trace.emit({ kind: 'state', buffer: name, state: 'revoked', rule: 'REV-2' })
    one.buffer.put()
  }

  function* restore(one: Lent): Op<void> {
    const { lock } = one.buffer.resv
    yield* lock.lock()
    yield* one.buffer.invalidate()
    services.witness.restored(one.buffer.name)
    one.revoked = false
    lock.unlock()
    services.trace.emit({ kind: 'state', buffer: one.buffer.name, state: 'live', rule: 'REV-5' })
  }

  function* busy(one: Lent): Op<void> {
    const fence = kernel.fence('a move')
    yield* one.buffer.resv.lock.lock()
    one.buffer.resv.addFence(fence, 'kernel')
    one.buffer.resv.lock.unlock()
    kernel.spawn('mover', function* () {
      yield* sleep(10_000)
      fence.signal()
    })
  }
}
