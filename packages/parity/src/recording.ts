/** A recording of what a real kernel did, format `barter-observation/1`: a machine, and steps with what was seen at each. */
import { type Bdf, parseBdf } from '@barter/core'
import { notARecording, recordingBroken } from './errors.ts'

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }
export type JsonObject = Readonly<Record<string, Json>>

export interface RecordedBar {
  readonly index: number
  readonly phys: string
  readonly bus: string
  readonly length: string
  readonly kind: 'io' | 'mem32' | 'mem32pref' | 'mem64' | 'mem64pref'
}

export interface RecordedDevice {
  readonly bdf: Bdf
  readonly parent: Bdf | null
  readonly hostBridge: string
  readonly kind: string
  readonly pcie: boolean
  readonly vendor: string
  readonly device: string
  readonly class: string
  readonly acs: { readonly cap: string; readonly ctrl: string } | null
  readonly bars: readonly RecordedBar[]
  readonly flr: boolean
  readonly pm: boolean
  readonly dmaMask: string
  readonly iommuGroup: number | null
  readonly resetMethods: readonly string[]
  readonly physicalFunction?: Bdf
}

/** One step: an operation with its arguments, and what was seen. */
export interface RecordedStep {
  readonly op: string
  readonly saw: JsonObject
  readonly args: JsonObject
}

export interface Recording {
  readonly name: string
  readonly about: string
  readonly rules: readonly string[]
  readonly kernel: { readonly release: string; readonly generation: string }
  readonly cpu: { readonly vendor: string; readonly family: number }
  readonly pageSize: number
  readonly cmdline: string
  readonly iommu: {
    readonly driver: string
    readonly mode: 'translated' | 'identity' | 'none'
    readonly strict: boolean
  }
  readonly roles: Readonly<Record<string, Bdf>>
  readonly devices: readonly RecordedDevice[]
  readonly steps: readonly RecordedStep[]
}

export const FORMAT = 'barter-observation/1'

/** True if the text of a file looks like a recording at all; a folder may hold other files. */
export function isRecording(parsed: unknown): boolean {
  return isObject(parsed) && parsed.format === FORMAT
}

/**
 * Read a recording.
 *
 * **Errors** `UsageError` `RECORDING_NOT_JSON`, `RECORDING_UNKNOWN` (another format), `RECORDING_BROKEN` with the place.
 */
export function readRecording(file: string, text: string): Recording {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch (cause) {
    throw notARecording(file, 'is not JSON', cause)
  }
  if (!isObject(parsed) || parsed.format !== FORMAT) throw notARecording(file, `does not say "format": "${FORMAT}"`)
  const at = new Reader(file, parsed, '')
  return {
    name: at.text('name'),
    about: at.text('about'),
    rules: at.texts('rules'),
    kernel: { release: at.object('kernel').text('release'), generation: at.object('kernel').text('generation') },
    cpu: { vendor: at.object('cpu').text('vendor'), family: at.object('cpu').number('family') },
    pageSize: at.number('pageSize'),
    cmdline: at.text('cmdline'),
    iommu: {
      driver: at.object('iommu').text('driver'),
      mode: at.object('iommu').oneOf('mode', ['translated', 'identity', 'none'] as const),
      strict: at.object('iommu').flag('strict'),
    },
    roles: Object.fromEntries(at.object('roles').entries((role, value) => role.bdfOf(value))),
    devices: at.objects('devices').map(readDevice),
    steps: at.objects('steps').map(readStep),
  }
}

function readDevice(at: Reader): RecordedDevice {
  const acs = at.optionalObject('acs')
  const physicalFunction = at.optional('physicalFunction')
  return {
    bdf: at.bdf('bdf'),
    parent: at.optional('parent') === undefined ? null : at.bdf('parent'),
    hostBridge: at.text('hostBridge'),
    kind: at.text('kind'),
    pcie: at.flag('pcie'),
    vendor: at.hex('vendor', 4),
    device: at.hex('device', 4),
    class: at.hex('class', 6),
    acs: acs === undefined ? null : { cap: acs.text('cap'), ctrl: acs.text('ctrl') },
    bars: at.objects('bars').map((bar) => ({
      index: bar.number('index'),
      phys: bar.text('phys'),
      bus: bar.text('bus'),
      length: bar.text('length'),
      kind: bar.oneOf('kind', ['io', 'mem32', 'mem32pref', 'mem64', 'mem64pref'] as const),
    })),
    flr: at.flag('flr'),
    pm: at.flag('pm'),
    dmaMask: at.text('dmaMask'),
    iommuGroup: at.optional('iommuGroup') === undefined ? null : at.number('iommuGroup'),
    resetMethods: at.texts('resetMethods'),
    ...(physicalFunction === undefined ? {} : { physicalFunction: at.bdf('physicalFunction') }),
  }
}

function readStep(at: Reader): RecordedStep {
  const { op: _op, saw: _saw, ...args } = at.value
  return { op: at.text('op'), saw: at.object('saw').value, args }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** An object of the file together with its place, so that every complaint can say where. */
class Reader {
  readonly value: JsonObject
  readonly #file: string
  readonly #place: string

  constructor(file: string, value: JsonObject, place: string) {
    this.#file = file
    this.value = value
    this.#place = place
  }

  /** `undefined` when absent or null. */
  optional(key: string): Json | undefined {
    return Object.hasOwn(this.value, key) ? (this.value[key] ?? undefined) : undefined
  }

  text(key: string): string {
    const value = this.optional(key)
    return typeof value === 'string' ? value : this.#broken(key, 'a text')
  }

  number(key: string): number {
    const value = this.optional(key)
    return typeof value === 'number' ? value : this.#broken(key, 'a number')
  }

  flag(key: string): boolean {
    const value = this.optional(key)
    return typeof value === 'boolean' ? value : this.#broken(key, 'true or false')
  }

  hex(key: string, digits: number): string {
    const value = this.text(key)
    return new RegExp(`^[0-9a-f]{${digits}}$`).test(value) ? value : this.#broken(key, `${digits} hex digits`)
  }

  oneOf<T extends string>(key: string, words: readonly T[]): T {
    const value = this.optional(key)
    return words.find((word) => word === value) ?? this.#broken(key, `one of ${words.join(', ')}`)
  }

  bdf(key: string): Bdf {
    return this.bdfOf(this.optional(key), key)
  }

  bdfOf(value: Json | undefined, key = ''): Bdf {
    return (
      (typeof value === 'string' ? parseBdf(value) : undefined) ?? this.#broken(key, 'a PCI function (dddd:bb:dd.f)')
    )
  }

  list(key: string): readonly Json[] {
    const value = this.optional(key)
    return Array.isArray(value) ? (value as readonly Json[]) : this.#broken(key, 'a list')
  }

  texts(key: string): readonly string[] {
    return this.list(key).map((value, i) =>
      typeof value === 'string' ? value : this.#broken(`${key}[${i}]`, 'a text'),
    )
  }

  object(key: string): Reader {
    return this.optionalObject(key) ?? this.#broken(key, 'an object')
  }

  optionalObject(key: string): Reader | undefined {
    const value = this.optional(key)
    if (value === undefined) return undefined
    return isObject(value) ? new Reader(this.#file, value, this.#at(key)) : this.#broken(key, 'an object')
  }

  objects(key: string): Reader[] {
    return this.list(key).map((value, i) =>
      isObject(value)
        ? new Reader(this.#file, value, `${this.#at(key)}[${i}]`)
        : this.#broken(`${key}[${i}]`, 'an object'),
    )
  }

  entries<T>(read: (at: Reader, value: Json) => T): [string, T][] {
    return Object.entries(this.value).map(([key, value]) => [
      key,
      read(new Reader(this.#file, this.value, this.#at(key)), value),
    ])
  }

  #at(key: string): string {
    return this.#place === '' ? key : `${this.#place}.${key}`
  }

  #broken(key: string, wanted: string): never {
    throw recordingBroken(this.#file, key === '' ? this.#place : this.#at(key), wanted)
  }
}
