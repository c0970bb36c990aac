/** The words of user space on an iommufd, and on what is in it. */
import { type Controls, type DeviceNode, handleField, type JsonSchema, u64Field } from '@barter/core'
import { COMPAT_TYPES, EXTENSIONS } from './compat.ts'
import { RIGHTS } from './rights.ts'

type Properties = Readonly<Record<string, JsonSchema>>

const shape = (properties: Properties = {}, required: readonly string[] = []): JsonSchema => ({
  type: 'object',
  additionalProperties: false,
  properties,
  ...(required.length === 0 ? {} : { required }),
})

const flag = (description: string): JsonSchema => ({ type: 'boolean', description })

const placed: Properties = {
  iova: u64Field('where the devices are to see it; the kernel chooses unless given'),
  rights: { enum: Object.keys(RIGHTS), default: 'rw', description: 'what the devices may do' },
  flags: u64Field('the whole word of flags, as written; from iova and rights unless given'),
}
const piece: Properties = {
  offset: u64Field('bytes from its start; 0 unless given'),
  length: u64Field('bytes; all behind offset unless given'),
  ...placed,
}
const place = u64Field('the place')
const bytes = u64Field('bytes')
const rawio = flag('false: by a process without CAP_SYS_RAWIO')
const MEMORY = ['memory', 'memfd', 'mapping']
const memory = handleField('memory of the process, or its mapping of a BAR', MEMORY)

/** One word on an address space: how it says which one is added where it is said to the whole iommufd. */
interface SpaceWord {
  readonly summary: string
  readonly properties?: Properties
  readonly required?: readonly string[]
}

const SPACE_WORDS: Readonly<Record<string, SpaceWord>> = {
  ioasMapFile: {
    summary: 'put a lent buffer, or a memfd, into an address space (IOMMU_IOAS_MAP_FILE)',
    properties: {
      buffer: handleField('a buffer or a memfd; stdin, a descriptor that is neither; closed, none', [
        'buffer',
        'memfd',
      ]),
      ...piece,
    },
    required: ['buffer'],
  },
  ioasMap: {
    summary: 'put memory of the process into an address space (IOMMU_IOAS_MAP)',
    properties: { memory, ...piece },
    required: ['memory'],
  },
  ioasCopy: {
    summary: 'put what another address space shows into this one (IOMMU_IOAS_COPY)',
    properties: {
      from: handleField('the other address space', ['ioas'], 'number'),
      at: u64Field('the place there'),
      length: bytes,
      ...placed,
    },
    required: ['from', 'at', 'length'],
  },
  ioasUnmap: {
    summary: 'take areas out of an address space, whole ones only (IOMMU_IOAS_UNMAP)',
    properties: { iova: u64Field('from where; 0 unless given'), length: u64Field('bytes; everything unless given') },
  },
  ioasRanges: { summary: 'which places may be taken, and of what they must be multiples (IOMMU_IOAS_IOVA_RANGES)' },
  ioasHugePages: {
    summary: 'may its domains use huge pages (IOMMU_OPTION_HUGE_PAGES)',
    properties: { value: flag('true or false') },
    required: ['value'],
  },
  iommufdDestroy: { summary: 'destroy it, unless it is in use (IOMMU_DESTROY)' },
  noiommuGetPa: {
    summary: 'the CPU physical address behind a place, for devices without IOMMU (IOMMU_IOAS_NOIOMMU_GET_PA)',
    properties: { iova: place, length: u64Field('the longest answer that is of use'), rawio },
    required: ['iova', 'length'],
  },
  kernelAccess: {
    summary: 'touch a place from inside the kernel, as drivers of emulated devices do (iommufd_access)',
    properties: {
      kind: { enum: ['rw', 'pin'], description: 'copy bytes by the CPU, or hold pages and let go' },
      iova: place,
      length: bytes,
      write: flag('true: write'),
    },
    required: ['kind', 'iova', 'length', 'write'],
  },
}

const onSpace = ({ summary, properties = {}, required = [] }: SpaceWord): Controls[string] => ({
  summary,
  args: shape(properties, required),
})

const onContext = ({ summary, properties = {}, required = [] }: SpaceWord): Controls[string] => ({
  summary,
  args: shape(
    { ioas: handleField('the address space, or a number that names none', ['ioas'], 'number'), ...properties },
    ['ioas', ...required],
  ),
})

const mapped = (words: Readonly<Record<string, SpaceWord>>, to: (word: SpaceWord) => Controls[string]): Controls =>
  Object.fromEntries(Object.entries(words).map(([name, word]) => [name, to(word)]))

const CONTEXT_WORDS: Controls = {
  ...mapped(SPACE_WORDS, onContext),
  iommufdDestroy: {
    summary: 'destroy an object of the iommufd, unless it is in use (IOMMU_DESTROY)',
    args: shape({ object: handleField('an address space or a domain', ['ioas', 'hwpt'], 'number') }, ['object']),
  },
  ioasAlloc: { summary: 'make an address space (IOMMU_IOAS_ALLOC)', args: shape(), makes: 'ioas' },
  hwptAlloc: {
    summary: 'make a domain of an address space for a device (IOMMU_HWPT_ALLOC)',
    args: shape(
      {
        device: handleField('an open device that is bound to the iommufd', ['file']),
        ioas: handleField('the address space, or a number that names none', ['ioas'], 'number'),
      },
      ['device', 'ioas'],
    ),
    makes: 'hwpt',
  },
  changeProcess: { summary: 'let what is mapped belong to this process (IOMMU_IOAS_CHANGE_PROCESS)', args: shape() },
  vfioIoas: {
    summary: 'which address space the older calls act on (IOMMU_VFIO_IOAS); with get, as names it',
    args: shape(
      {
        action: { enum: ['get', 'set', 'clear'], description: 'what to do' },
        ioas: handleField('set: the address space', ['ioas'], 'number'),
      },
      ['action'],
    ),
    makes: 'ioas',
  },
  compatSetIommu: {
    summary: 'the older call that chooses the kind of a container (VFIO_SET_IOMMU)',
    args: shape({ type: { enum: COMPAT_TYPES, description: 'the kind' } }, ['type']),
  },
  compatExtension: {
    summary: 'the older call that asks for an ability of a container (VFIO_CHECK_EXTENSION)',
    args: shape({ extension: { enum: EXTENSIONS, description: 'the ability' } }, ['extension']),
  },
  compatMap: {
    summary: 'the older call that maps memory of the process (VFIO_IOMMU_MAP_DMA)',
    args: shape({ memory, offset: piece.offset ?? {}, length: piece.length ?? {}, iova: place }, ['memory', 'iova']),
  },
  compatUnmap: {
    summary: 'the older call that unmaps (VFIO_IOMMU_UNMAP_DMA)',
    args: shape({ iova: place, length: bytes, all: flag('true: everything') }),
  },
}

export const TYPES: DeviceNode['types'] = {
  iommufd: { noun: 'an iommufd', controls: CONTEXT_WORDS },
  ioas: { noun: 'an address space', controls: mapped(SPACE_WORDS, onSpace) },
  hwpt: { noun: 'a domain of an address space', controls: {} },
}

/** JSON Schema of the options of `import`. */
export const importOptions: JsonSchema = shape({
  iova: u64Field('address under which the device reaches it; the kernel chooses unless given'),
  offset: u64Field('bytes from the start of the buffer; 0 unless given'),
  length: u64Field('bytes; all behind offset unless given'),
  rights: { enum: Object.keys(RIGHTS), default: 'rw', description: 'what the device may do' },
})
