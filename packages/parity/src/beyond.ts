/**
 * What a recording did that a machine of Barter cannot be told, and what later steps ask about it: those steps cannot be
 * compared either. Decided by operations alone, as a recording is read from its beginning.
 */
import { list, object, text } from './json-value.ts'
import type { ReasonId } from './not-comparable.ts'
import type { Json, JsonObject, RecordedStep } from './recording.ts'

const IOMMUFD_OPS = [
  'attachIoas',
  'bufAttachments',
  'changeProcess',
  'compatContainer',
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
  'iommufdMapFile',
  'iommufdOpen',
  'iommufdUnmap',
  'kernelAccess',
  'makeMemfd',
  'makeUdmabuf',
  'noiommuGetPa',
  'vfioIoas',
]
const CONTAINER_OPS = ['closeContainer', 'containerOpen', 'openGroup']
const TYPE1_OPS = ['type1Map', 'type1Unmap']

export class BeyondReach {
  readonly #withoutIommu: boolean
  /** Things that recordings have and the machine has not, by kind and name. */
  readonly #missing = new Map<string, ReasonId>()
  /** Whose translation only iommufd knows. */
  readonly #devicesOfIommufd = new Set<string>()
  readonly #buffersOfIommufd = new Set<string>()
  /** Containers that are an iommufd in truth. */
  readonly #compatContainers = new Set<string>()
  /** A device that the machine cannot be told to move data moved some. */
  #unknownWrites = false

  /** **Shape** `withoutIommu`: of the recorded machine. */
  constructor(withoutIommu: boolean) {
    this.#withoutIommu = withoutIommu
  }

  /** Why the step cannot be said or compared; `undefined`: it can. */
  look(step: RecordedStep): ReasonId | undefined {
    this.#note(step)
    const found = this.#look(step)
    if (found !== undefined) this.#noteMissing(step, found)
    return found
  }

  /** What is known only by iommufd from here on. */
  #note({ op, args }: RecordedStep): void {
    if (op === 'bindIommufd') this.#devicesOfIommufd.add(text(args.device))
    if (op === 'iommufdMapFile') this.#buffersOfIommufd.add(text(args.buf))
    if (op === 'compatContainer') this.#compatContainers.add(text(args.as))
    if (op === 'open' && this.#compatContainers.has(text(args.container))) {
      this.#devicesOfIommufd.add(text(args.device))
    }
  }

  #look({ op, args }: RecordedStep): ReasonId | undefined {
    if (IOMMUFD_OPS.includes(op)) return 'iommufd'
    if (CONTAINER_OPS.includes(op)) return 'container-kind'
    if (TYPE1_OPS.includes(op) && this.#withoutIommu) return 'container-kind'
    if (op === 'start' || op === 'withoutRawio') {
      const { op: inner, ...rest } = object(args.do)
      return this.look({ op: text(inner), saw: {}, args: rest })
    }
    const missing = namesIn(args).map((name) => this.#missing.get(name))
    return missing.find((one) => one !== undefined) ?? this.#throughIommufd(op, args)
  }

  /** What the IOMMU does for a device that iommufd holds, and what became of it, only iommufd knows. */
  #throughIommufd(op: string, args: JsonObject): ReasonId | undefined {
    if (op === 'bufInfo' && this.#buffersOfIommufd.has(text(args.buf))) return 'iommufd'
    if (op === 'cpuRead' && this.#unknownWrites) return 'iommufd'
    const via = object(args.via)
    const engine = this.#devicesOfIommufd.has(text(args.engine))
    const moves = op.startsWith('dma') && (via.pa !== undefined || (via.iova !== undefined && engine))
    if (moves && op !== 'dmaRead') this.#unknownWrites = true
    const asks = op === 'translate' && (via.pa !== undefined || this.#devicesOfIommufd.has(text(args.client)))
    return moves || asks ? 'iommufd' : undefined
  }

  /** What the step would have made is missing from here on. */
  #noteMissing({ args }: RecordedStep, reason: ReasonId): void {
    const made = text(args.as)
    if (made === '') return
    for (const kind of ['buffer', 'import', 'mapping', 'thread']) this.#missing.set(`${kind} ${made}`, reason)
  }
}

/** What the step acts on, by kind and name. */
function namesIn(args: JsonObject): readonly string[] {
  const named = (kind: string, name: Json | undefined): string[] => (text(name) === '' ? [] : [`${kind} ${text(name)}`])
  return [
    ...named('buffer', args.buf),
    ...named('import', args.attachment),
    ...list(args.attachments).flatMap((name) => named('import', name)),
    ...named('mapping', object(args.via).map),
    ...named('thread', args.of),
    ...named('thread', args.process),
  ]
}
