/** A small exporter that revokes as it should, and one mistake at a time put into it. */
import {
  advance,
  type Completion,
  type Controls,
  type Device,
  DmaBuf,
  type DmaBufOps,
  done,
  enableMemory,
  type Exporter,
  type ExporterFile,
  type ExportRequest,
  failPoint,
  freeSgt,
  HOOKS,
  initP2p,
  KERNEL,
  KernelError,
  type Op,
  p2pProvider,
  physVecToSgt,
  type Plugin,
  point,
  type Scope,
  sgtServices,
  type StepValue,
} from '@barter/core'

export type Careless =
  | 'leaves its memory off'
  | 'tells nobody'
  | 'waits for nobody'
  | 'looks at no fences'
  | 'raises its flag too late'
  | 'tells without the reservation'
  | 'waits with the reservation'
  | 'maps while it is revoked'
  | 'admits while it is revoked'
  | 'admits anybody'
  | 'never lends again'
  | 'lends the wrong piece'
  | 'has the provider of another BAR'
  | 'keeps a reference'
  | 'counts wrong when a map fails'
  | 'counts its revokes'
  | 'un-revokes what is live'
  | 'never forgets a buffer'
  | 'leaves files open'
  | 'says nothing to the judge'
  | 'does not say when it is over'
  | 'lends one of its buffers again'
  | 'lets two threads in'

const none = { type: 'object', additionalProperties: false }
const controls: Controls = {
  revoke: { summary: 'take the buffers back', args: none },
  restore: { summary: 'lend them again', args: none },
}

interface Lent {
  readonly buffer: DmaBuf
  readonly drained: Completion
  revoked: boolean
  mappings: number
  /** Revokes that it thinks it has to undo; for one mistake. */
  depth: number
}

export function careless(mistake?: Careless): Plugin {
  return {
    name: 'lender',
    apply: ({ hooks }) => {
      hooks.exporter.for('lender').tap('lender', (run) => exporter(run, (one) => one === mistake))
    },
  }
}

function exporter(run: Scope, is: (mistake: Careless) => boolean): Exporter {
  const kernel = run.get(KERNEL)
  const services = sgtServices(run)
  const files: ExporterFile[] = []
  let buffers = 0

  const refuse = (errno: 'ENODEV' | 'EOPNOTSUPP' | 'EINVAL', rule: string): never => {
    throw new KernelError(errno, rule, 'refused')
  }

  function exportBar(device: Device, { bar, ranges }: ExportRequest, unlist: (one: Lent) => Op<void>): Lent {
    const known = device.fn.bars.find((one) => one.index === bar)
    const provider = p2pProvider(device, is('has the provider of another BAR') && bar === 2 ? 0 : bar)
    const target = ranges.map((range) => ({ bar, offset: Number(range.offset), length: Number(range.length) }))
    const inside = target.every(({ offset, length }) => length > 0 && offset + length <= (known?.length ?? 0))
    if (known === undefined || provider === null || target.length === 0 || !inside) return refuse('EINVAL', 'VFIO-9')
    const shift = is('lends the wrong piece') ? 0x1000 : 0
    const pieces = target.map(({ offset, length }) => ({
      start: advance(known.start, offset - (offset > 0 ? shift : 0)),
      length,
    }))
    const ops: DmaBufOps = {
      attach: (attachment) => {
        if (!is('admits anybody') && !attachment.peer2peer) refuse('EOPNOTSUPP', 'VFIO-25')
        if (!is('admits while it is revoked') && one.revoked) refuse('ENODEV', 'VFIO-25')
        if (!is('admits anybody') && !attachment.revocable) refuse('EOPNOTSUPP', 'VFIO-25')
        return done(undefined)
      },
      *map(attachment, direction) {
        if (one.revoked && !is('maps while it is revoked')) refuse('ENODEV', 'VFIO-26')
        if (is('counts wrong when a map fails')) one.mappings++
        failPoint(run.get(HOOKS), 'lender:map', device, 'ENOMEM', 'SGT-1')
        const table = yield* physVecToSgt(services, { attachment, direction, provider, pieces, target })
        if (!is('counts wrong when a map fails')) one.mappings++
        return table
      },
      *unmap(attachment, table, direction) {
        yield* freeSgt(services, attachment, table, direction)
        one.mappings--
        if (one.mappings === 0 && one.revoked) one.drained.complete()
      },
      release: () => unlist(one),
    }
    const name = `buf${buffers++}`
    const size = pieces.reduce((sum, piece) => sum + piece.length, 0)
    const { trace, facts, witness } = services
    const given = { kernel, trace, facts, witness }
    const buffer = new DmaBuf(given, { name, exporter: 'lender', size, ops })
    const one: Lent = { buffer, drained: kernel.completion(`unmaps(${name})`), revoked: false, mappings: 0, depth: 0 }
    if (is('keeps a reference')) buffer.get()
    return one
  }

  function* revoke(one: Lent): Op<void> {
    if (is('counts its revokes')) one.depth++
    if (one.revoked) {
      if (is('counts its revokes')) services.witness.revoked(one.buffer.name, 'the lender was told to')
      return
    }
    if (!one.buffer.getActive()) return
    const { resv } = one.buffer
    if (!is('says nothing to the judge')) services.witness.revoking(one.buffer.name, 'the lender was told to')
    if (is('tells without the reservation')) {
      one.revoked = true
      for (const { ops, ...rest } of one.buffer.attachments) yield* ops?.invalidate?.(rest as never) ?? done(undefined)
    }
    yield* resv.lock.lock()
    if (!is('raises its flag too late')) one.revoked = true
    if (!is('tells nobody') && !is('tells without the reservation')) yield* one.buffer.invalidate()
    one.revoked = true
    if (!is('looks at no fences')) yield* resv.wait('bookkeep')
    if (is('waits with the reservation') && one.mappings > 0) yield* one.drained.wait('unmap')
    resv.lock.unlock()
    if (!is('waits for nobody') && one.mappings > 0) yield* one.drained.wait('unmap')
    one.drained.rearm()
    if (!is('says nothing to the judge') && !is('does not say when it is over'))
      services.witness.revoked(one.buffer.name, 'the lender was told to')
    one.buffer.put()
  }

  function* restore(one: Lent): Op<void> {
    if (is('never lends again')) return
    if (!one.revoked && !is('un-revokes what is live')) return
    yield* one.buffer.resv.locked(function* () {
      yield* one.buffer.invalidate()
      if (!is('says nothing to the judge')) services.witness.restored(one.buffer.name)
      one.revoked = is('counts its revokes') && --one.depth > 0
    })
  }

  return {
    driver: 'lender',
    controls,
    probe: (device) => {
      if (!is('leaves its memory off')) enableMemory(device)
      initP2p(device)
      return done(undefined)
    },
    *remove() {
      if (is('leaves files open')) return
      for (const file of files) yield* file.close()
    },
    *open(device) {
      yield* point('open')
      const lent = new Set<Lent>()
      const memoryLock = kernel.rwsem(`memory_lock(${device.name})`)
      function* each(act: (one: Lent) => Op<void>, firstOnly = false): Op<void> {
        const isLocked = !is('lets two threads in')
        if (isLocked) yield* memoryLock.downWrite()
        for (const one of [...lent].slice(0, firstOnly ? 1 : undefined)) yield* act(one)
        if (isLocked) memoryLock.upWrite()
      }
      function* unlist(one: Lent): Op<void> {
        if (is('never forgets a buffer')) return
        yield* memoryLock.downWrite()
        lent.delete(one)
        memoryLock.upWrite()
      }
      const file: ExporterFile = {
        device,
        *export(request) {
          const one = exportBar(device, request, unlist)
          yield* memoryLock.downWrite()
          lent.add(one)
          memoryLock.upWrite()
          return one.buffer
        },
        *control(name): Op<StepValue> {
          yield* each(name === 'revoke' ? revoke : restore, is('lends one of its buffers again') && name === 'restore')
          return null
        },
        close: () => each(revoke),
      }
      files.push(file)
      return file
    },
  }
}
