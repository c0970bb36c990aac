/** What the file of a dma-buf answers to user space, whoever exported it (DMB-29 to DMB-34). */
import { hasBits, withoutBits } from './capability/register-bits.ts'
import type { Controls } from './control.ts'
import type { DmaBuf } from './dmabuf.ts'
import { KernelError } from './errors.ts'
import type { Op } from './op.ts'
import type { JsonSchema, StepValue } from './scenario.ts'
import { u64Field } from './step-field.ts'
import { exportSyncFile, importSyncFile } from './sync-file.ts'

const SYNC_READ = 0x1
const SYNC_WRITE = 0x2
const SYNC_END = 0x4
const SYNC_VALID = SYNC_READ + SYNC_WRITE + SYNC_END

const shape = (properties: Readonly<Record<string, JsonSchema>> = {}): JsonSchema => ({
  type: 'object',
  additionalProperties: false,
  properties,
  required: Object.keys(properties),
})

const syncFlags: JsonSchema = { type: 'integer', minimum: 0, description: '1 read, 2 write; the sum of them' }

/** Words that every buffer understands. */
export const BUFFER_CONTROLS: Controls = {
  exportSyncFile: {
    summary: 'a sync file of the work that uses the buffer now (DMA_BUF_IOCTL_EXPORT_SYNC_FILE)',
    args: shape({ flags: syncFlags, file: { type: 'string', minLength: 1, description: 'name for the sync file' } }),
  },
  attachments: { summary: 'which devices are attached, as debugfs lists them: the newest first', args: shape() },
  fdinfo: { summary: 'size, references, exporter and name, as /proc shows them', args: shape() },
  importSyncFile: {
    summary: 'let others wait for the work of a sync file too (DMA_BUF_IOCTL_IMPORT_SYNC_FILE)',
    args: shape({
      flags: syncFlags,
      file: {
        type: 'string',
        minLength: 1,
        description: 'one that was exported; a name that nobody gave is a fence of user space, which never signals',
      },
    }),
  },
  ioctl: {
    summary: 'a request that dma-bufs do not know',
    args: shape({ request: u64Field('number of the request') }),
  },
  mmapBuffer: { summary: 'map the buffer into the process', args: shape({ length: u64Field('bytes') }) },
  poll: { summary: 'is it ready for reading and for writing now', args: shape() },
  readFile: { summary: 'read from the descriptor', args: shape() },
  seek: {
    summary: 'move the file position, which tells the size',
    args: shape({
      whence: { enum: ['set', 'cur', 'end'], description: 'from where' },
      offset: u64Field('bytes from there'),
    }),
  },
  setName: {
    summary: 'give the buffer a name for debugging (DMA_BUF_SET_NAME)',
    args: shape({ name: { type: 'string', description: 'at most 31 characters' } }),
  },
  sync: {
    summary: 'begin or end access by the CPU (DMA_BUF_IOCTL_SYNC)',
    args: shape({ flags: { type: 'integer', minimum: 0, description: '1 read, 2 write, 4 end; the sum of them' } }),
  },
  writeFile: { summary: 'write to the descriptor', args: shape() },
}

/**
 * Do one of `BUFFER_CONTROLS`.
 *
 * **Shape** the caller holds a reference for the length of the call, as a system call does. **Locks** none held; `poll`
 * takes the reservation. **Errors** EINVAL for what VFIO exports cannot do or an argument that means nothing, ENOTTY for a
 * request that is not known.
 */
export function* bufferControl(buffer: DmaBuf, name: string, args: Readonly<Record<string, StepValue>>): Op<StepValue> {
  switch (name) {
    case 'fdinfo':
      // One reference is the caller's own.
      return {
        size: buffer.size,
        count: buffer.references - 1,
        exporter: buffer.exporter,
        name: buffer.userName,
      }
    case 'attachments':
      return { devices: buffer.attachments.map(({ device }) => (device.notPci === true ? device.name : device.bdf)) }
    case 'poll':
      return { ready: yield* readiness(buffer) }
    case 'seek':
      return { position: seek(buffer, args.whence, args.offset) }
    case 'setName':
      buffer.setUserName(typeof args.name === 'string' ? args.name : '')
      return null
    case 'sync':
      yield* sync(buffer, Number(args.flags))
      return null
    case 'exportSyncFile':
      return { fences: exportSyncFile(buffer, Number(args.flags), fileOf(args)) }
    case 'importSyncFile':
      yield* importSyncFile(buffer, Number(args.flags), fileOf(args))
      return null
    case 'mmapBuffer': {
      const mapping = yield* buffer.mmap(Number(args.length))
      const { length } = mapping
      yield* mapping.unmap()
      return { length }
    }
    case 'ioctl':
      throw new KernelError('ENOTTY', 'DMB-34', 'dma-bufs have no such request')
    default:
      throw new KernelError('EINVAL', 'DMB-29', `the file of ${buffer.name} cannot ${name}`)
  }
}

const fileOf = (args: Readonly<Record<string, StepValue>>): string => (typeof args.file === 'string' ? args.file : '')

/** IN waits for writers only, OUT for everybody whose fence is implicit (DMB-31). */
function* readiness(buffer: DmaBuf): Op<readonly string[]> {
  yield* buffer.resv.lock.lock()
  const writing = buffer.resv.pending('write').length
  const using = buffer.resv.pending('read').length
  buffer.resv.lock.unlock()
  return [...(writing === 0 ? ['in'] : []), ...(using === 0 ? ['out'] : [])]
}

/** **Source** DMB-30 */
function seek(buffer: DmaBuf, whence: StepValue | undefined, offset: StepValue | undefined): number {
  const atStart = offset === 0n || offset === 0
  if (atStart && whence === 'set') return 0
  if (atStart && whence === 'end') return buffer.size
  throw new KernelError('EINVAL', 'DMB-30', `only the start and the end of ${buffer.name} can be looked for`)
}

/** VFIO has no hooks for CPU access (DMB-26), so beginning it only waits for fences, also while revoked (DMB-32). */
function* sync(buffer: DmaBuf, flags: number): Op<void> {
  if (withoutBits(flags, SYNC_VALID) !== 0) throw new KernelError('EINVAL', 'DMB-32', `unknown flags in ${flags}`)
  const writes = hasBits(flags, SYNC_WRITE)
  if (!writes && !hasBits(flags, SYNC_READ)) {
    throw new KernelError('EINVAL', 'DMB-32', 'access that neither reads nor writes')
  }
  const access = writes ? 'write' : 'read'
  yield* hasBits(flags, SYNC_END) ? buffer.endCpuAccess(access) : buffer.beginCpuAccess(access)
}
