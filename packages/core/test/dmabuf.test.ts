import { describe, expect, test } from 'vitest'
import type { Attachment, AttachOps } from '../src/attachment.ts'
import type { Device } from '../src/device.ts'
import { DmaBuf, type DmaBufOps } from '../src/dmabuf.ts'
import { KernelError } from '../src/errors.ts'
import { done, drive } from '../src/op.ts'
import type { SgTable } from '../src/sg-table.ts'
import { soloKernel } from '../src/solo-kernel.ts'
import type { TraceFact } from '../src/trace.ts'

const table = (mapping: number): SgTable => ({
  entries: [],
  origNents: 0,
  mapType: 'bus-addr',
  addressKind: 'bus',
  mapping,
})
const device = (name: string): Device => ({ name }) as Device

function lend(ops: Partial<DmaBufOps> = {}) {
  const kernel = soloKernel()
  const facts: TraceFact[] = []
  const log: string[] = []
  let mappings = 0
  const buffer = new DmaBuf(
    { kernel, trace: { on: true, emit: (fact) => facts.push(fact) } },
    {
      name: 'buf',
      exporter: 'test',
      size: 4096,
      ops: {
        map: () => done(table(mappings++)),
        unmap: () => done(undefined),
        release: () => (log.push('release'), done(undefined)),
        ...ops,
      },
    },
  )
  const held = <T>(op: () => Generator<never, T> | ReturnType<typeof done<T>>): T => {
    drive(buffer.resv.lock.lock())
    try {
      return drive(op())
    } finally {
      buffer.resv.lock.unlock()
    }
  }
  return { kernel, buffer, facts, log, held }
}

const importer = (log: string[], name: string): AttachOps => ({
  peer2peer: true,
  invalidate: () => (log.push(`invalidate ${name}`), done(undefined)),
})

describe('a dma-buf', () => {
  test('DMB-2: exactly one of pin and unpin is refused with EINVAL', () => {
    expect(() => lend({ pin: () => done(undefined) })).toThrow(
      expect.objectContaining({ errno: 'EINVAL', rule: 'DMB-2' }),
    )
  })

  test('DMB-5: the last put releases on return to user space, not inside put', () => {
    const { buffer, kernel, log } = lend()
    buffer.get()
    buffer.put()
    kernel.returnToUser()
    expect(log).toEqual([])
    buffer.put()
    expect(log).toEqual([])
    kernel.returnToUser()
    expect(log).toEqual(['release'])
  })

  test('DMB-7: a dying file gives no reference; taking or dropping one anyway is a fault of the driver (INV-27)', () => {
    const { buffer } = lend()
    expect(buffer.getActive()).toBe(true)
    buffer.put()
    buffer.put()
    expect(buffer.getActive()).toBe(false)
    expect(() => buffer.get()).toThrow(expect.objectContaining({ rule: 'INV-27' }))
    expect(() => buffer.put()).toThrow(expect.objectContaining({ rule: 'INV-27' }))
  })

  test('INV-27: between the last put and its release a list may still walk over it; afterwards its memory is free', () => {
    const { buffer, kernel, held } = lend()
    buffer.put()
    expect(() => held(() => buffer.invalidate())).not.toThrow()
    expect(buffer.getActive()).toBe(false)
    kernel.returnToUser()
    expect(() => held(() => buffer.invalidate())).toThrow(expect.objectContaining({ rule: 'INV-27' }))
    expect(() => buffer.getActive()).toThrow(expect.objectContaining({ rule: 'INV-27' }))
    expect(buffer.references).toBe(0)
  })

  test('INV-27: the reservation is part of the buffer: it is not taken after the release, and not held at it', () => {
    const { buffer, kernel } = lend()
    const held = lend()
    expect(held.buffer.resv.lock.tryLock()).toBe(true)
    buffer.put()
    drive(buffer.resv.locked(() => done(undefined)))
    kernel.returnToUser()
    expect(() => drive(buffer.resv.locked(() => done(undefined)))).toThrow(expect.objectContaining({ rule: 'INV-27' }))
    expect(() => buffer.resv.lock.tryLock()).toThrow(expect.objectContaining({ rule: 'INV-27' }))
    expect(() => held.buffer.resv.lock.free('it')).toThrow(expect.objectContaining({ rule: 'INV-27' }))
  })

  test('DMB-6: a release with attachments listed is reported', () => {
    const { buffer, kernel } = lend()
    drive(buffer.attach(device('nic')))
    buffer.put()
    expect(() => kernel.returnToUser()).toThrow(expect.objectContaining({ rule: 'DMB-6' }))
  })

  test('DMB-8, DMB-19: an attachment is dynamic, peer to peer and revocable as its operations say, whatever they do', () => {
    const { buffer } = lend()
    const facts = (ops?: AttachOps) => {
      const made = drive(buffer.attach(device('nic'), ops))
      return [made.dynamic, made.peer2peer, made.revocable]
    }
    expect(facts()).toEqual([false, false, false])
    expect(facts({ peer2peer: true })).toEqual([true, true, false])
    expect(facts(importer([], 'a'))).toEqual([true, true, true])
  })

  test('DMB-9: the exporter is asked without the reservation, before the attachment is listed; its refusal lists nothing', () => {
    const seen: unknown[] = []
    const { buffer } = lend({
      attach: (attachment) => {
        attachment.buffer.resv.lock.assertNotHeld()
        seen.push(attachment.buffer.attachments.length)
        if (seen.length > 1) throw new KernelError('ENODEV', 'VFIO-25', 'revoked')
        return done(undefined)
      },
    })
    drive(buffer.attach(device('nic')))
    expect(() => drive(buffer.attach(device('gpu')))).toThrow(expect.objectContaining({ errno: 'ENODEV' }))
    expect(seen).toEqual([0, 1])
    expect(buffer.attachments.map((attachment) => attachment.device.name)).toEqual(['nic'])
  })

  test('DMB-16: invalidation reaches the newest attachment first and skips those without a callback', () => {
    const { buffer, log, held } = lend()
    drive(buffer.attach(device('old'), importer(log, 'old')))
    drive(buffer.attach(device('silent'), { peer2peer: true }))
    drive(buffer.attach(device('new'), importer(log, 'new')))
    held(() => buffer.invalidate())
    expect(log).toEqual(['invalidate new', 'invalidate old'])
  })

  test('DMB-24, DMB-27: the kernel maps a buffer with the reservation held, once for all who ask', () => {
    const seen: string[] = []
    const { buffer, held } = lend({
      vmap: () => (buffer.resv.lock.assertHeld(), seen.push('vmap'), done({ address: 0x1000, io: true })),
      vunmap: ({ address }) => (buffer.resv.lock.assertHeld(), seen.push(`vunmap ${address}`), done(undefined)),
    })
    expect(() => drive(buffer.vmap())).toThrow(/not held/)
    const first = held(() => buffer.vmap())
    expect(held(() => buffer.vmap())).toBe(first)
    expect(() => drive(buffer.vunmap())).toThrow(/not held/)
    held(() => buffer.vunmap())
    expect(seen).toEqual(['vmap'])
    held(() => buffer.vunmap())
    expect(seen).toEqual(['vmap', 'vunmap 4096'])
    expect(() => held(() => buffer.vunmap())).toThrow(/not mapped for the kernel/)
  })

  test('DMB-29: who lends without vmap refuses it', () => {
    const { buffer, held } = lend()
    expect(() => held(() => buffer.vmap())).toThrow(expect.objectContaining({ errno: 'EINVAL', rule: 'DMB-29' }))
  })

  test('DMB-25: references, mmap and CPU access are for those who do not hold the reservation', () => {
    const { buffer, held } = lend({ mmap: () => done(undefined as never) })
    const now = (act: () => unknown) => () => (act(), done(undefined))
    expect(() => held(now(() => buffer.get()))).toThrow(/is held/)
    expect(() => held(now(() => buffer.put()))).toThrow(/is held/)
    expect(() => held(() => buffer.mmap(4096))).toThrow(/is held/)
    expect(() => held(() => buffer.beginCpuAccess('read'))).toThrow(/is held/)
    expect(() => held(() => buffer.endCpuAccess('read'))).toThrow(/is held/)
    expect(buffer.references).toBe(1)
  })

  test('DMB-26: exporters are asked for mmap and CPU access without the reservation', () => {
    const seen: string[] = []
    const free = (what: string) => {
      drive(buffer.resv.lock.lock())
      buffer.resv.lock.unlock()
      seen.push(what)
    }
    const { buffer } = lend({
      mmap: (length) => (free(`mmap ${length}`), done(undefined as never)),
      beginCpuAccess: (access) => (free(`begin ${access}`), done(undefined)),
      endCpuAccess: (access) => (free(`end ${access}`), done(undefined)),
    })
    drive(buffer.mmap(4096))
    drive(buffer.beginCpuAccess('write'))
    drive(buffer.endCpuAccess('write'))
    expect(() => drive(buffer.mmap(4097))).toThrow(expect.objectContaining({ errno: 'EINVAL' }))
    expect(seen).toEqual(['mmap 4096', 'begin write', 'end write'])
  })

  test('DMB-24: map, unmap, pin and invalidate need the reservation, attach and detach must not hold it (DMB-25)', () => {
    const { buffer, held } = lend()
    const attachment = drive(buffer.attach(device('nic'), { peer2peer: true }))
    for (const op of [
      () => attachment.map('bidirectional'),
      () => attachment.pin(),
      () => attachment.unpin(),
      () => buffer.invalidate(),
    ]) {
      expect(() => drive(op() as ReturnType<typeof done<unknown>>)).toThrow(/not held/)
    }
    expect(() => held(() => buffer.attach(device('gpu')))).toThrow(/is held/)
    expect(() => held(() => buffer.detach(attachment))).toThrow(/is held/)
  })

  test('DMB-26, DMB-27, DMB-28: exporters are asked to attach, detach and release without the reservation, for the rest with it', () => {
    const seen: string[] = []
    const lock = (): DmaBuf['resv']['lock'] => made.buffer.resv.lock
    // Taking it there is allowed, and shows that nobody else has it.
    const free = (what: string) => () => {
      drive(lock().lock())
      lock().unlock()
      seen.push(`${what} without`)
      return done(undefined)
    }
    const held = (what: string) => () => {
      lock().assertHeld()
      seen.push(`${what} with`)
      return done(undefined)
    }
    const mapped = held('map')
    const made = lend({
      attach: free('attach'),
      detach: free('detach'),
      release: free('release'),
      pin: held('pin'),
      unpin: held('unpin'),
      map: () => (mapped(), done(table(1))),
      unmap: held('unmap'),
    })
    const { buffer, kernel } = made
    const ops: AttachOps = { peer2peer: true, invalidate: held('callback') }
    const attachment = drive(buffer.attach(device('nic'), ops))
    made.held(() => attachment.pin())
    const given = made.held(() => attachment.map('bidirectional'))
    made.held(() => buffer.invalidate())
    made.held(() => attachment.unmap(given, 'bidirectional'))
    made.held(() => attachment.unpin())
    drive(buffer.detach(attachment))
    buffer.put()
    kernel.returnToUser()
    expect(seen).toEqual([
      'attach without',
      'pin with',
      'map with',
      'callback with',
      'unmap with',
      'unpin with',
      'detach without',
      'release without',
    ])
  })

  test('DMB-11, DMB-14: no detach while mapped, no foreign table at unmap (INV-21)', () => {
    const { buffer, held } = lend()
    const attachment = drive(buffer.attach(device('nic'), { peer2peer: true }))
    const mapped = held(() => attachment.map('bidirectional'))
    expect(() => drive(buffer.detach(attachment))).toThrow(expect.objectContaining({ rule: 'DMB-11' }))
    expect(() => held(() => attachment.unmap(table(99), 'bidirectional'))).toThrow(
      expect.objectContaining({ rule: 'INV-21' }),
    )
    held(() => attachment.unmap(mapped, 'bidirectional'))
    drive(buffer.detach(attachment))
    expect(() => drive(buffer.detach(attachment))).toThrow(expect.objectContaining({ rule: 'DMB-11' }))
  })

  test('DMB-14, DMB-6: an exporter that refuses to unmap or to release breaks a rule, and is named', () => {
    const refuse = () => {
      throw new KernelError('EIO', 'HAZ-1', 'cannot')
    }
    const { buffer, held } = lend({ unmap: refuse })
    const attachment = drive(buffer.attach(device('nic'), { peer2peer: true }))
    const mapped = held(() => attachment.map('bidirectional'))
    expect(() => held(() => attachment.unmap(mapped, 'bidirectional'))).toThrow(
      expect.objectContaining({ rule: 'DMB-14', message: 'test fails to unmap buf with EIO (cannot)' }),
    )
    const other = lend({ release: refuse })
    other.buffer.put()
    expect(() => other.kernel.returnToUser()).toThrow(expect.objectContaining({ rule: 'DMB-6' }))
  })

  test('DMB-13: an attachment may hold several tables, and gives each back once', () => {
    const { buffer, held } = lend()
    const attachment = drive(buffer.attach(device('gpu'), { peer2peer: true }))
    const [old, fresh] = [1, 2].map(() => held(() => attachment.map('bidirectional')))
    if (old === undefined || fresh === undefined) throw new Error('two tables were mapped')
    expect([attachment.table, attachment.tables]).toEqual([fresh, [old, fresh]])
    held(() => attachment.unmap(old, 'bidirectional'))
    expect(attachment.table).toBe(fresh)
    expect(() => drive(buffer.detach(attachment))).toThrow(expect.objectContaining({ rule: 'DMB-11' }))
    expect(() => held(() => attachment.unmap(old, 'bidirectional'))).toThrow(
      expect.objectContaining({ rule: 'INV-21' }),
    )
    held(() => attachment.unmap(fresh, 'bidirectional'))
    expect(attachment.table).toBeNull()
    drive(buffer.detach(attachment))
  })

  test('DMB-12: pin succeeds without a pin op and passes the exporter’s refusal on', () => {
    const { buffer, held } = lend()
    const attachment = drive(buffer.attach(device('nic'), { peer2peer: true }))
    expect(held(() => attachment.pin())).toBeUndefined()
    const refusing = lend({
      pin: () => {
        throw new KernelError('EOPNOTSUPP', 'GEN-4', 'pin')
      },
      unpin: () => done(undefined),
    })
    const other = drive(refusing.buffer.attach(device('nic'), { peer2peer: true }))
    expect(() => refusing.held(() => other.pin())).toThrow(expect.objectContaining({ errno: 'EOPNOTSUPP' }))
  })

  test('DMB-13: a static importer of a pinning exporter pins at map, unpins at unmap and after a failed map', () => {
    const log: string[] = []
    let refuse = true
    const { buffer, held } = lend({
      pin: () => (log.push('pin'), done(undefined)),
      unpin: () => (log.push('unpin'), done(undefined)),
      map: () => {
        if (refuse) throw new KernelError('ENODEV', 'VFIO-26', 'revoked')
        return done(table(1))
      },
    })
    const attachment: Attachment = drive(buffer.attach(device('drm')))
    expect(() => held(() => attachment.map('bidirectional'))).toThrow(expect.objectContaining({ errno: 'ENODEV' }))
    refuse = false
    const mapped = held(() => attachment.map('bidirectional'))
    held(() => attachment.unmap(mapped, 'bidirectional'))
    expect(log).toEqual(['pin', 'unpin', 'pin', 'unpin'])
  })

  test('DMB-21: a query for a usage returns the fences of that usage and of those before it', () => {
    const { buffer, kernel, held } = lend()
    const fences = (['kernel', 'write', 'read', 'bookkeep'] as const).map((usage) => {
      const fence = kernel.fence(usage)
      held(() => done(buffer.resv.addFence(fence, usage)))
      return fence
    })
    const names = (usage: 'kernel' | 'write' | 'read' | 'bookkeep') =>
      buffer.resv.pending(usage).map((fence) => fence.name)
    expect([names('kernel'), names('read'), names('bookkeep')]).toEqual([
      ['kernel'],
      ['kernel', 'write', 'read'],
      ['kernel', 'write', 'read', 'bookkeep'],
    ])
    fences[0]?.signal()
    expect(names('bookkeep')).toEqual(['write', 'read', 'bookkeep'])
    expect(() => drive(buffer.resv.wait('bookkeep'))).toThrow(/would wait for write \(fences\)/)
  })

  test('DMB-34: a name of 31 characters fits, one of 32 is EINVAL', () => {
    const { buffer } = lend()
    buffer.setUserName('x'.repeat(31))
    expect(() => buffer.setUserName('x'.repeat(32))).toThrow(expect.objectContaining({ errno: 'EINVAL' }))
    expect(buffer.userName).toBe('x'.repeat(31))
  })
})
