/** What is where while a recording is said again: which name stands for which handle at this point. */
import type { Bdf, UsageError } from '@barter/core'
import { BeyondReach } from './beyond.ts'
import { recordingMeaningless } from './errors.ts'
import { number, object, text } from './json-value.ts'
import type { Json, JsonObject, RecordedBar, RecordedDevice, Recording } from './recording.ts'
import { Spaces } from './spaces.ts'
import type { PlainStep, Said } from './word.ts'

export interface BarRange {
  readonly offset: number
  readonly length: number
}

/** What a buffer is made of. */
export interface Exported {
  readonly device: RecordedDevice
  readonly region: number
  readonly ranges: readonly BarRange[]
}

/** Another thread of the scenario. */
export interface Threaded {
  readonly actor: string
  /** Process it belongs to; the main one unless given. */
  readonly process?: string
  readonly said: readonly Said[]
}

/** A piece of a container's address space. **Units** bytes. */
export interface ContainerMapping {
  readonly handle: string
  readonly iova: number
  readonly length: number
}

/** Steps of the main thread that carry a mark: the first and the last, by index. */
export interface Mark {
  readonly mark: string
  readonly first: number
  readonly last: number
}

/** The actor that does the recorded steps. */
export const MAIN = 'user'

/** The container that files are opened in unless it is said. */
export const DEFAULT_CONTAINER = 'c0'

/** The iommufd that steps mean unless it is said. */
export const DEFAULT_IOMMUFD = 'i0'

/** A client that is no PCI function at all. */
export const NOT_PCI = 'misc'

export class Stage {
  readonly recording: Recording
  /** What the recording had and the machine has not. */
  readonly beyond: BeyondReach
  /** Index of the recorded step that is being said. */
  step = 0
  /** The step is done by a process that may do anything; not so inside `withoutRawio`. */
  rawio = true
  /** Devices that were named so far, by the scenario's name. */
  readonly devices = new Map<string, Bdf>()
  readonly threads: Threaded[] = []
  readonly marks: Mark[] = []
  readonly #current = new Map<string, string>()
  readonly #exported = new Map<string, Exported>()
  readonly #bufferOf = new Map<string, string>()
  readonly #attachmentOf = new Map<string, string>()
  readonly #cpuMappings = new Map<string, string>()
  readonly #fileOf = new Map<string, string>()
  /** What recordings call containers: the handle, of a container or of an iommufd in the place of one. */
  readonly #containers = new Map<string, string>()
  readonly spaces = new Spaces()
  readonly #opened: { readonly device: string; readonly container: string }[] = []
  #containerMappings: readonly (ContainerMapping & { readonly container: string })[] = []
  #made = 0

  constructor(recording: Recording) {
    this.recording = recording
    this.beyond = new BeyondReach()
  }

  /** A role or bdf as the scenario's name of the device. **Errors** `UsageError` `RECORDING_STEP`. */
  device(name: Json | undefined): string {
    const bdf = this.bdf(name)
    if (text(name) === NOT_PCI && this.recording.roles[NOT_PCI] === undefined) return NOT_PCI
    if (!this.recording.devices.some((device) => device.bdf === bdf)) {
      throw this.meaningless(`names ${text(name) || 'no device'}, which is no role and no function of the machine`)
    }
    const role = Object.entries(this.recording.roles).find(([, at]) => at === bdf)?.[0] ?? bdf
    this.devices.set(role, bdf)
    return role
  }

  bdf(name: Json | undefined): Bdf {
    return this.recording.roles[text(name)] ?? (text(name) as Bdf)
  }

  recorded(name: Json | undefined): RecordedDevice | undefined {
    const bdf = this.bdf(name)
    return this.recording.devices.find((device) => device.bdf === bdf)
  }

  bar(device: RecordedDevice | undefined, index: number): RecordedBar | undefined {
    return device?.bars.find((bar) => bar.index === index)
  }

  /** A name that no other handle has had; recordings use theirs again. `undefined` makes one for a moment only. */
  make(kind: string, name: Json | undefined): string {
    const made = `${text(name) || 'moment'}#${++this.#made}`
    if (text(name) !== '') this.#current.set(`${kind} ${text(name)}`, made)
    return made
  }

  /** The handle that the recording's name stands for now. **Errors** `UsageError` `RECORDING_STEP` when there is none. */
  now(kind: string, name: Json | undefined): string {
    const found = this.#current.get(`${kind} ${text(name)}`)
    if (found === undefined) throw this.meaningless(`names the ${kind} ${text(name) || 'of nobody'}, which nobody made`)
    return found
  }

  /** A complaint about the step that is being said. */
  meaningless(why: string): UsageError {
    return recordingMeaningless(this.recording.name, this.step, why)
  }

  /** The CPU's mapping of a region through a file, if there is one. */
  cpuMapping(file: string, region: number): string | undefined {
    return this.#cpuMappings.get(`${file} ${region}`)
  }

  noteCpuMapping(file: string, region: number, mapping: string): void {
    this.#cpuMappings.set(`${file} ${region}`, mapping)
  }

  /** Mappings through a file, which are forgotten: they go before it is closed. */
  takeCpuMappings(file: string): readonly string[] {
    const own = [...this.#cpuMappings].filter(([key]) => key.startsWith(`${file} `))
    for (const [key] of own) this.#cpuMappings.delete(key)
    return own.map(([, mapping]) => mapping)
  }

  /** Remember that the name of an open file stands for this device; `as` gives files names of their own. */
  noteFile(name: Json | undefined, device: Json | undefined): void {
    this.#fileOf.set(text(name), text(device))
  }

  /** The same, or `undefined`. */
  find(kind: string, name: Json | undefined): string | undefined {
    return this.#current.get(`${kind} ${text(name)}`)
  }

  /** Of whichever of these kinds it is. **Errors** `UsageError` `RECORDING_STEP` when it is of none. */
  nowAny(kinds: readonly string[], name: Json | undefined): string {
    const found = kinds.map((kind) => this.find(kind, name)).find((handle) => handle !== undefined)
    return found ?? this.now(kinds[0] ?? '', name)
  }

  /** What the recording calls a handle. */
  recordedName(handle: string): string {
    return handle.replace(/#\d+$/, '')
  }

  /** Every length that a step wants of anonymous memory. **Units** bytes. */
  lengthsOf(memory: string): readonly number[] {
    const wants = (args: JsonObject): readonly number[] => [
      ...(object(args.source).memory === memory ? [number(args.length)] : []),
      ...(args.do === undefined ? [] : wants(object(args.do))),
    ]
    return this.recording.steps.flatMap(({ args }) => wants(args))
  }

  /** A container that the recorded program opened as such. */
  makeContainer(name: string): string {
    const handle = this.make('container', name)
    this.#containers.set(name, handle)
    return handle
  }

  noteCompatContainer(name: string, iommufd: string): void {
    this.#containers.set(name, iommufd)
  }

  /**
   * The container that a device is opened in: one that was opened, or a mere name. The recorded program opens the latter too,
   * which matters only if it closes it.
   */
  container(name: string): { readonly container: string; readonly steps: readonly PlainStep[] } {
    const known = this.#containers.get(name)
    if (known !== undefined) return { container: known, steps: [] }
    const closed = this.recording.steps.some(({ op, args }) => op === 'closeContainer' && args.container === name)
    if (!closed) return { container: name, steps: [] }
    const container = this.makeContainer(name)
    const containerKind = this.recording.iommu.mode === 'none' ? 'noiommu' : 'type1'
    return { container, steps: [{ verb: 'open', target: '/dev/vfio/vfio', as: container, args: { containerKind } }] }
  }

  /** Devices that were opened in a container, in order. */
  devicesIn(container: string): readonly string[] {
    return this.#opened.filter((one) => one.container === container).map(({ device }) => device)
  }

  noteOpen(device: string, container: string): void {
    this.#opened.push({ device, container })
  }

  noteContainerMapping(container: string, mapping: ContainerMapping): void {
    this.#containerMappings = [...this.#containerMappings, { container, ...mapping }]
  }

  /** What is mapped in a range of a container's addresses, which is forgotten. */
  takeContainerMappings(container: string, start: number, end: number): readonly ContainerMapping[] {
    const within = ({ container: of, iova, length }: ContainerMapping & { readonly container: string }): boolean =>
      of === container && iova >= start && iova + length <= end
    const taken = this.#containerMappings.filter(within)
    this.#containerMappings = this.#containerMappings.filter((mapping) => !within(mapping))
    return taken
  }

  /** The device behind the name of an open file. */
  deviceOfFile(name: Json | undefined): RecordedDevice | undefined {
    return this.recorded(this.#fileOf.get(text(name)) ?? name)
  }

  noteExport(buffer: string, exported: Exported): void {
    this.#exported.set(buffer, exported)
  }

  noteImport(attachment: string, buffer: string): void {
    this.#bufferOf.set(attachment, buffer)
  }

  /** Which attachment a mapping is of. */
  noteMapping(key: string, attachment: string): void {
    this.#attachmentOf.set(key, attachment)
  }

  attachmentOf(key: string): string | undefined {
    return this.#attachmentOf.get(key)
  }

  /** What a buffer, or the buffer of an attachment, is made of. */
  exported(handle: string): Exported | undefined {
    return this.#exported.get(this.#bufferOf.get(handle) ?? handle)
  }
}
