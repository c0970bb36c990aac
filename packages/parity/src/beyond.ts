/**
 * What a recording did that a machine of Barter cannot be told, and what later steps ask about it: those steps cannot be
 * compared either. Decided by operations alone, as a recording is read from its beginning.
 */
import { list, object, text } from './json-value.ts'
import type { ReasonId } from './not-comparable.ts'
import type { Json, JsonObject, RecordedStep } from './recording.ts'

/** Said nothing to the machine, or said something without an answer to compare. */
export interface Beyond {
  readonly reason: ReasonId
  /** The operation that does in the machine what this one does beside being beyond it. */
  readonly instead?: RecordedStep
}

const IOMMUFD_OPS = [
  'attachIoas',
  'bufAttachments',
  'changeProcess',
  'compatExtension',
  'compatMap',
  'compatSetIommu',
  'compatUnmap',
  'detachIoas',
  'hwptAlloc',
  'ioasAlloc',
  'ioasHugePages',
  'ioasRanges',
  'iommufdClose',
  'iommufdCopy',
  'iommufdDestroy',
  'iommufdMap',
  'iommufdOpen',
  'iommufdUnmap',
  'kernelAccess',
  'noiommuGetPa',
  'vfioIoas',
]
const OPENS = ['open', 'openCdev', 'openGroup']
const CONTAINER_OPS = ['closeContainer', 'openGroup']
/** Operations whose `device` is an open file. */
const ON_FILE = [
  'armRequest',
  'close',
  'configRead',
  'configWrite',
  'export',
  'exportAt',
  'feature',
  'hotReset',
  'hotResetInfo',
  'lowPower',
  'mmap',
  'mmapAccess',
  'pread',
  'pwrite',
  'regionInfo',
  'requestSeen',
  'reset',
]

export class BeyondReach {
  readonly #withoutIommu: boolean
  /** Things that recordings have and the machine has not, by kind and name. */
  readonly #missing = new Map<string, ReasonId>()
  /** Files of devices opened through the character device: bound to an iommufd yet, or not. */
  readonly #characterDevices = new Map<string, { bound: boolean; readonly device: string }>()
  readonly #devicesOfIommufd = new Set<string>()
  readonly #buffersOfIommufd = new Set<string>()
  /** Kind of each container that was made by name. */
  readonly #containers = new Map<string, string>()
  /** Those that are an iommufd in truth. */
  readonly #compatContainers = new Set<string>()
  #parameter = true
  /** A device that the machine cannot be told to move data moved some. */
  #unknownWrites = false

  /** **Shape** `withoutIommu`: of the recorded machine. */
  constructor(withoutIommu: boolean) {
    this.#withoutIommu = withoutIommu
  }

  /** `undefined`: the step can be said and compared. */
  look(step: RecordedStep): Beyond | undefined {
    const found = this.#look(step)
    if (found !== undefined) this.#noteMissing(step, found)
    return found
  }

  #look({ op, args }: RecordedStep): Beyond | undefined {
    if (IOMMUFD_OPS.includes(op)) return { reason: 'iommufd' }
    if (CONTAINER_OPS.includes(op)) return { reason: 'container-kind' }
    switch (op) {
      case 'iommufdMapFile':
        this.#buffersOfIommufd.add(text(args.buf))
        return { reason: 'iommufd' }
      case 'makeUdmabuf':
      case 'makeMemfd':
        return { reason: 'iommufd' }
      case 'setNoiommu':
        this.#parameter = args.enable === true
        return { reason: 'noiommu-parameter' }
      case 'containerOpen':
        this.#containers.set(text(args.as), text(args.setIommu))
        return { reason: 'container-kind' }
      case 'compatContainer':
        this.#containers.set(text(args.as), text(args.setIommu))
        this.#compatContainers.add(text(args.as))
        return { reason: 'iommufd' }
      case 'openCdev':
        this.#characterDevices.set(nameOf(args), { bound: false, device: text(args.device) })
        this.#devicesOfIommufd.add(text(args.device))
        return { reason: 'iommufd' }
      case 'bindIommufd':
        return this.#bindIommufd(args)
      case 'withoutRawio':
        return this.#withoutRawio(object(args.do))
      case 'start':
        return this.#inner(object(args.do))
      case 'bind':
        return this.#parameter || !this.#withoutIommu ? undefined : { reason: 'noiommu-parameter' }
      case 'open':
        return this.#open(args)
      default:
        return this.#uses(op, args)
    }
  }

  #bindIommufd(args: JsonObject): Beyond {
    const file = this.#characterDevices.get(text(args.device))
    if (file === undefined || file.bound) return { reason: 'iommufd' }
    const taken = [...this.#characterDevices.values()].some((other) => other.bound && other.device === file.device)
    if (taken) return { reason: 'iommufd' }
    file.bound = true
    return { reason: 'iommufd', instead: { op: 'open', saw: {}, args: { device: file.device, as: args.device ?? '' } } }
  }

  #withoutRawio(step: JsonObject): Beyond | undefined {
    const op = text(step.op)
    if (OPENS.includes(op)) return { reason: 'capability' }
    return this.#inner(step)
  }

  #inner({ op, ...args }: JsonObject): Beyond | undefined {
    return this.look({ op: text(op), saw: {}, args })
  }

  #open(args: JsonObject): Beyond | undefined {
    if (this.#withoutIommu && !this.#parameter) return { reason: 'noiommu-parameter' }
    const device = text(args.device)
    if ([...this.#characterDevices.values()].some((file) => file.device === device)) return { reason: 'iommufd' }
    const kind = this.#containers.get(text(args.container))
    if (this.#compatContainers.has(text(args.container))) this.#devicesOfIommufd.add(device)
    if (kind !== undefined && (kind === 'noiommu') !== this.#withoutIommu) return { reason: 'container-kind' }
    return undefined
  }

  #uses(op: string, args: JsonObject): Beyond | undefined {
    const missing = namesIn(op, args).map((name) => this.#missing.get(name))
    const reason = missing.find((one) => one !== undefined)
    if (reason !== undefined) return { reason }
    const file = ON_FILE.includes(op) ? this.#characterDevices.get(text(args.device)) : undefined
    if (file !== undefined) {
      if (op === 'close') this.#characterDevices.delete(text(args.device))
      if (!file.bound || op === 'hotReset') return { reason: 'iommufd' }
    }
    if (op === 'bufInfo' && this.#buffersOfIommufd.has(text(args.buf))) return { reason: 'iommufd' }
    if (op === 'cpuRead' && this.#unknownWrites) return { reason: 'iommufd' }
    return this.#throughIommufd(op, args)
  }

  /** What the IOMMU does for a device that iommufd holds, only iommufd knows. */
  #throughIommufd(op: string, args: JsonObject): Beyond | undefined {
    const via = object(args.via)
    const engine = this.#devicesOfIommufd.has(text(args.engine))
    const moves = op.startsWith('dma') && (via.pa !== undefined || (via.iova !== undefined && engine))
    if (moves && op !== 'dmaRead') this.#unknownWrites = true
    const asks = op === 'translate' && (via.pa !== undefined || this.#devicesOfIommufd.has(text(args.client)))
    return moves || asks ? { reason: 'iommufd' } : undefined
  }

  /** What the step would have made is missing from here on; what is made anew is there again. */
  #noteMissing({ op, args }: RecordedStep, { reason, instead }: Beyond): void {
    if (instead !== undefined) return
    const made = text(args.as)
    if (made === '') return
    for (const kind of ['buffer', 'import', 'mapping', 'thread', 'file']) {
      if (kind !== 'file' || op === 'open') this.#missing.set(`${kind} ${made}`, reason)
    }
  }
}

const nameOf = (args: JsonObject): string => text(args.as ?? args.device)

/** What the step acts on, by kind and name. */
function namesIn(op: string, args: JsonObject): readonly string[] {
  const named = (kind: string, name: Json | undefined): string[] => (text(name) === '' ? [] : [`${kind} ${text(name)}`])
  return [
    ...named('buffer', args.buf),
    ...named('import', args.attachment),
    ...list(args.attachments).flatMap((name) => named('import', name)),
    ...named('mapping', object(args.via).map),
    ...named('thread', args.of),
    ...named('thread', args.process),
    ...(ON_FILE.includes(op) ? named('file', args.device) : []),
  ]
}
