/** What each word does: the system calls of an iommufd, on all of it or on one of its address spaces. */
import { type ControlCall, type GivenObject, KernelError, type Op, type StepValue } from '@barter/core'
import { u64, type WordArgs } from './arguments.ts'
import { COMPAT_TYPES, compatUnmap, EXTENSIONS, hasExtension, setIommu } from './compat.ts'
import type { Context } from './context.ts'
import { checkedLast } from './io-pagetable.ts'
import { Ioas } from './ioas.ts'
import { ULONG_MAX } from './iova-space.ts'
import { accessFromKernel } from './kernel-access.ts'
import { copy, mapFile, mapMemory } from './map-file.ts'
import { physicalAddress } from './noiommu-query.ts'

interface Word {
  readonly context: Context
  readonly args: WordArgs
  readonly call: ControlCall
  /** The address space that the word acts on. **Errors** ENOENT. */
  readonly space: () => Ioas
}

type Handler = (word: Word) => Op<StepValue>

/** **Errors** EBADF for a closed iommufd; those of the word. */
export function contextWord(context: Context, word: string, args: WordArgs, call: ControlCall): Op<StepValue> {
  return perform(word, { context, args, call, space: () => spaceGiven(context, call.given.ioas) })
}

/** The same word said to an address space itself. */
export function spaceWord(
  context: Context,
  word: string,
  args: WordArgs,
  call: ControlCall,
  ioas: Ioas,
): Op<StepValue> {
  const given: GivenObject = { kind: 'object', object: ioas }
  return perform(word, { context, args, call, space: () => spaceGiven(context, given) })
}

function* perform(name: string, word: Word): Op<StepValue> {
  word.context.checkOpen()
  const handler = HANDLERS[name]
  if (handler === undefined) throw new KernelError('ENOTTY', 'IFD-1', `an iommufd has no ${name}`)
  return yield* handler(word)
}

/** **Errors** ENOENT for what is none, is of another iommufd, or was destroyed. */
function spaceGiven(context: Context, given: GivenObject | undefined): Ioas {
  const object = given?.kind === 'object' ? given.object : undefined
  if (object instanceof Ioas && context.has(object)) return object
  throw new KernelError('ENOENT', 'IFD-1', `${object?.name ?? 'that number'} is no address space of ${context.name}`)
}

const HANDLERS: Readonly<Record<string, Handler>> = {
  *ioasAlloc({ context, call }) {
    call.made(context.newSpace(call.as))
    return null
  },
  *hwptAlloc({ context, call, space }) {
    const ioas = space()
    const { device } = call.given
    const bound = device?.kind === 'file' ? context.boundDevice(device.file.device) : undefined
    if (bound === undefined) throw new KernelError('ENOENT', 'IFD-1', `the device is not bound to ${context.name}`)
    call.made(yield* context.newDomain(bound, ioas, call.as ?? `domain of ${ioas.name}`))
    return null
  },
  *iommufdDestroy({ context, call, space }) {
    const { object } = call.given
    // Said to an address space itself, it is that one.
    const found = object?.kind === 'object' ? object.object : space()
    if (!context.has(found)) throw new KernelError('ENOENT', 'IFD-1', `${found.name} is not in ${context.name}`)
    yield* context.destroy(found)
    return null
  },
  *ioasRanges({ space }) {
    const { ranges, alignment } = space().table
    return { ranges: ranges.map(({ first, last }) => [first, last]), alignment }
  },
  *ioasHugePages({ args, space }) {
    yield* space().table.useLargePages(args.value === true)
    return null
  },
  *changeProcess({ context }) {
    const areas = context.spaces.flatMap((ioas) => ioas.table.areas)
    // What a file names is the same for every process; addresses are not, and buffers are not pages.
    if (areas.some(({ pages }) => pages?.type !== 'file')) {
      throw new KernelError('EINVAL', 'IFD-11', 'not all that is mapped is named by a file of memory')
    }
    return null
  },
  *ioasMapFile({ context, args, call, space }) {
    return { iova: yield* mapFile(context.services, space, call.given.buffer, args) }
  },
  *ioasMap({ context, args, call, space }) {
    return { iova: yield* mapMemory(context.services, space, call.given.memory, args) }
  },
  *ioasCopy({ context, args, call, space }) {
    return { iova: yield* copy(() => spaceGiven(context, call.given.from), space, args) }
  },
  *ioasUnmap({ args, space }) {
    const { table } = space()
    const iova = u64(args, 'iova', 0n)
    const length = u64(args, 'length', ULONG_MAX)
    if (iova === 0n && length === ULONG_MAX) return { length: yield* table.unmap({ first: 0n, last: ULONG_MAX }) }
    if (iova >= ULONG_MAX || length >= ULONG_MAX) {
      throw new KernelError('EOVERFLOW', 'IFD-1', 'a place or a length at the end of 64 bits')
    }
    const unmapped = yield* table.unmap({ first: iova, last: checkedLast(iova, length) })
    if (unmapped === 0n) throw new KernelError('ENOENT', 'IFD-9', 'nothing is mapped there')
    return { length: unmapped }
  },
  *noiommuGetPa({ args, space }) {
    const rawio = args.rawio !== false
    const { start, length } = yield* physicalAddress(space(), u64(args, 'iova'), u64(args, 'length'), rawio)
    return { physical: start, length }
  },
  *kernelAccess({ context, args, space }) {
    yield* accessFromKernel(context.services, space(), {
      kind: args.kind === 'pin' ? 'pin' : 'rw',
      iova: u64(args, 'iova'),
      length: u64(args, 'length'),
      write: args.write === true,
    })
    return null
  },
  *vfioIoas({ context, args, call, space }) {
    if (args.action === 'clear') context.setCompatSpace(undefined)
    if (args.action === 'set') context.setCompatSpace(space())
    if (args.action !== 'get') return null
    const ioas = context.compatSpace()
    const { called } = ioas
    if (call.as !== undefined) {
      ioas.called ??= call.as
      call.made(ioas)
    }
    return { ioas: called ?? null }
  },
  *compatSetIommu({ context, args }) {
    yield* setIommu(context, oneOf(COMPAT_TYPES, args.type))
    return null
  },
  *compatExtension({ context, args }) {
    return { value: hasExtension(context, oneOf(EXTENSIONS, args.extension)) ? 1 : 0 }
  },
  *compatMap({ context, args, call }) {
    const space = (): Ioas => context.compatSpace()
    // The place is always the user's.
    yield* mapMemory(context.services, space, call.given.memory, { iova: 0n, ...args })
    return null
  },
  *compatUnmap({ context, args }) {
    const all = args.all === true
    return { length: yield* compatUnmap(context, u64(args, 'iova', 0n), u64(args, 'length', 0n), all) }
  },
}

/** **Errors** EINVAL for a number that the kernel does not know. */
function oneOf<T extends string>(words: readonly T[], value: StepValue | undefined): T {
  const found = words.find((word) => word === value)
  if (found === undefined) throw new KernelError('EINVAL', 'T1-7', 'there is no such type')
  return found
}
