import { describe, expect, test } from 'vitest'
import {
  bufferControl,
  descriptorFacts,
  DmaBuf,
  done,
  drive,
  type KernelError,
  soloKernel,
  type StepValue,
} from '../src/index.ts'

function aBuffer() {
  const kernel = soloKernel()
  const ops = { map: () => done(undefined as never), unmap: () => done(undefined), release: () => done(undefined) }
  const buffer = new DmaBuf(
    { kernel, trace: { on: false, emit: () => undefined } },
    {
      name: 'buf',
      exporter: 'vfio_pci_core',
      size: 0x4000,
      ops,
    },
  )
  /** As a system call does it: with a reference of its own. */
  const call = (name: string, args: Record<string, StepValue> = {}): StepValue => {
    buffer.get()
    try {
      return drive(bufferControl(buffer, name, args))
    } finally {
      buffer.put()
    }
  }
  const errno = (name: string, args?: Record<string, StepValue>): string | undefined => {
    try {
      call(name, args)
    } catch (error) {
      return (error as KernelError).errno
    }
    return undefined
  }
  return { kernel, buffer, call, errno }
}

describe('the file of a dma-buf', () => {
  test('DMB-29: it can neither be mapped nor read nor written', () => {
    const { errno } = aBuffer()
    expect([errno('mmapBuffer', { length: 0x1000n }), errno('readFile'), errno('writeFile')]).toEqual(
      Array(3).fill('EINVAL'),
    )
  })

  test('DMB-30: seeking tells the size, and nothing else', () => {
    const { call, errno } = aBuffer()
    expect(call('seek', { whence: 'end', offset: 0n })).toEqual({ position: 0x4000 })
    expect(call('seek', { whence: 'set', offset: 0n })).toEqual({ position: 0 })
    for (const [whence, offset] of [
      ['set', 0x1000n],
      ['end', 0x1000n],
      ['cur', 0n],
    ] as const) {
      expect(errno('seek', { whence, offset })).toBe('EINVAL')
    }
  })

  test('DMB-31: an idle one is ready for both, one in use by a reader only for reading', () => {
    const { call, kernel, buffer } = aBuffer()
    expect(call('poll')).toEqual({ ready: ['in', 'out'] })
    drive(buffer.resv.lock.lock())
    buffer.resv.addFence(kernel.fence('reading'), 'read')
    buffer.resv.lock.unlock()
    expect(call('poll')).toEqual({ ready: ['in'] })
  })

  test('DMB-32: beginning and ending access wants a direction and known flags', () => {
    const { errno } = aBuffer()
    expect([0, 1, 2, 3, 4, 5, 7, 8].filter((flags) => errno('sync', { flags }) === 'EINVAL')).toEqual([0, 4, 8])
  })

  test('DMB-33: a sync file is a snapshot, and makes those who wait for the buffer wait for it', () => {
    const { call, errno, kernel, buffer } = aBuffer()
    const add = (name: string, usage: 'read' | 'write') => {
      const fence = kernel.fence(name)
      drive(buffer.resv.lock.lock())
      buffer.resv.addFence(fence, usage)
      buffer.resv.lock.unlock()
      return fence
    }
    expect(call('exportSyncFile', { flags: 3, file: 'idle' })).toEqual({ fences: 0 })
    const reading = add('reading', 'read')
    expect(call('exportSyncFile', { flags: 1, file: 'for a reader' })).toEqual({ fences: 0 })
    expect(call('exportSyncFile', { flags: 2, file: 'for a writer' })).toEqual({ fences: 1 })
    reading.signal()
    // Imported as writing: a reader of the buffer has to wait now.
    call('importSyncFile', { flags: 2, file: 'mine' })
    expect(buffer.resv.pending('write').map(({ name }) => name)).toEqual(['mine of user space'])
    call('importSyncFile', { flags: 1, file: 'other' })
    expect([buffer.resv.pending('write').length, buffer.resv.pending('read').length]).toEqual([1, 2])
    expect(call('exportSyncFile', { flags: 2, file: 'all' })).toEqual({ fences: 2 })
    for (const word of ['exportSyncFile', 'importSyncFile']) {
      const refused = [0, 1, 2, 3, 4, 7].filter((flags) => errno(word, { flags, file: 'x' }) === 'EINVAL')
      expect(refused).toEqual([0, 4, 7])
    }
  })

  test('DMB-34: a name has at most 31 characters; other requests are not known', () => {
    const { call, errno } = aBuffer()
    call('setName', { name: 'x'.repeat(31) })
    expect(errno('setName', { name: 'x'.repeat(32) })).toBe('EINVAL')
    expect(errno('ioctl', { request: 0x40086277n })).toBe('ENOTTY')
    expect(call('fdinfo')).toEqual({ size: 0x4000, count: 1, exporter: 'vfio_pci_core', name: 'x'.repeat(31) })
  })

  test('DMB-2, DMB-3: of the open flags only access mode, O_NONBLOCK and O_CLOEXEC have an effect', () => {
    expect(descriptorFacts()).toEqual({ access: 'readwrite', nonblock: false, cloexec: true })
    expect(descriptorFacts([])).toEqual({ access: 'read', nonblock: false, cloexec: false })
    expect(descriptorFacts(['O_WRONLY', 'O_NONBLOCK'])).toEqual({ access: 'write', nonblock: true, cloexec: false })
    expect(descriptorFacts(['O_CREAT', 'O_DIRECTORY'])).toEqual({ access: 'read', nonblock: false, cloexec: false })
    expect(descriptorFacts(['0xffffffff'])).toEqual({ access: 'both-bits', nonblock: true, cloexec: true })
  })
})
