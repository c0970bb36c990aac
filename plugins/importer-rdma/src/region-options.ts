/** What user space says when it registers a memory region, and what the verbs layer checks of it (RDMA-1). */
import { isAligned, type JsonSchema, KernelError, type StepValue, U64_SPAN, u64Field } from '@barter/core'

/**
 * Rights of a region, in the words of the verbs. Reading locally needs none. `relaxed-ordering` is none: it lets the
 * packets overtake one another, which those of this fabric never do.
 */
export const ACCESS_FLAGS = ['local-write', 'remote-read', 'remote-write', 'remote-atomic', 'relaxed-ordering'] as const
export type AccessFlag = (typeof ACCESS_FLAGS)[number]
export const MTUS = [256, 512, 1024, 2048, 4096] as const

export interface RegionOptions {
  /** Bytes from the start of the buffer; any u64, as user space wrote it. */
  readonly offset: bigint
  /** Bytes; any u64. `undefined`: to the end of the buffer. */
  readonly length: bigint | undefined
  /** Address by which work requests name the first byte; any u64. */
  readonly iova: bigint
  readonly access: readonly AccessFlag[]
  /** Who starts the transfers: a work request of this side, or a peer across the network. */
  readonly initiator: 'local' | 'remote'
  /** Bytes that the engine moves in one go. */
  readonly mtu: number
}

const DEFAULT_ACCESS: readonly AccessFlag[] = ['local-write', 'remote-read', 'remote-write']

/** JSON Schema of the options of `import`. */
export const regionOptions: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    offset: u64Field('bytes from the start of the buffer; 0 unless given'),
    length: u64Field('bytes; to the end of the buffer unless given'),
    iova: u64Field('address of the first byte in work requests; the offset unless given'),
    access: {
      type: 'array',
      items: { enum: ACCESS_FLAGS },
      description: `rights of the region; ${DEFAULT_ACCESS.join(', ')} unless given`,
    },
    initiator: {
      enum: ['local', 'remote'],
      default: 'local',
      description: 'who starts the transfers: this side, or a peer across the network',
    },
    mtu: { enum: MTUS, default: 4096, description: 'bytes that the engine moves in one go' },
  },
}

/** **Errors** EINVAL: remote rights without local ones; offset and iova differ within a page. **Source** RDMA-1 */
export function readRegionOptions(given: Readonly<Record<string, StepValue>>, pageSize: number): RegionOptions {
  const offset = u64(given.offset, 'offset') ?? 0n
  const iova = u64(given.iova, 'iova') ?? offset
  if (!isAligned(Number((offset - iova) % BigInt(pageSize)), pageSize)) {
    throw new KernelError('EINVAL', 'RDMA-1', 'offset and iova have different places within a page')
  }
  const access = readFlags(given.access)
  const remoteChange = access.includes('remote-write') || access.includes('remote-atomic')
  if (remoteChange && !access.includes('local-write')) {
    throw new KernelError('EINVAL', 'RDMA-1', 'a peer may change the region and this side may not')
  }
  return {
    offset,
    length: u64(given.length, 'length'),
    iova,
    access,
    initiator: given.initiator === 'remote' ? 'remote' : 'local',
    mtu: MTUS.find((mtu) => mtu === given.mtu) ?? 4096,
  }
}

function u64(value: StepValue | undefined, name: string): bigint | undefined {
  if (value === undefined) return undefined
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return BigInt(value)
  if (typeof value === 'bigint' && value >= 0n && value < U64_SPAN) return value
  throw new KernelError('EINVAL', 'RDMA-1', `${name} is no u64`)
}

function readFlags(value: StepValue | undefined): readonly AccessFlag[] {
  if (value === undefined) return DEFAULT_ACCESS
  const words: readonly StepValue[] = Array.isArray(value) ? (value as readonly StepValue[]) : [value]
  return words.map((word) => {
    const flag = ACCESS_FLAGS.find((known) => known === word)
    if (flag === undefined) throw new KernelError('EINVAL', 'RDMA-1', 'an access flag that the verbs do not know')
    return flag
  })
}
