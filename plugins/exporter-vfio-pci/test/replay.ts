/** Does the steps of a recording on the machine of house.ts and puts the answers in the recording's words. */
import {
  type CpuMapping,
  type DmaBuf,
  type ExporterFile,
  KernelError,
  type Op,
  type SgTable,
  SignalError,
  type StepValue,
} from '@barter/core'
import { type Call, type House, house } from './house.ts'
import { Probe, type ProbeOptions } from './probe.ts'

export interface RecordedStep {
  readonly op: string
  readonly saw: Saw
  readonly [argument: string]: unknown
}
type Saw = Readonly<Record<string, unknown>>
/** Arguments, whose shapes the format fixes. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Arguments = Readonly<Record<string, any>>
type Word = (step: Arguments) => Op<Saw>

const DEFECTS = ['BUG-33', 'BUG-35', 'BUG-40']
const NAMES: Readonly<Record<string, string>> = { exporter: 'nvme', client: 'nic', other: 'other', far: 'far' }
const nameOf = (role: string): string => NAMES[role] ?? role
const DIRECTIONS = { bidi: 'bidirectional', to: 'to-device', from: 'from-device' } as const
/** What no model of this driver sees, or that is not there yet. */
const NOT_COMPARED = [
  'access',
  'nonblock',
  'cloexec',
  'in',
  'translation',
  'contiguous',
  'addressKind',
  'entries',
  'log',
]
const SKIPPED = ['sleep', 'driver', 'bufInfo']

export class Replay {
  /** With what this driver gets wrong in the recorded kernel. */
  readonly house: House = house({ facts: { switches: DEFECTS } })
  readonly #files = new Map<string, ExporterFile>()
  readonly #buffers = new Map<string, DmaBuf>()
  readonly #probes = new Map<string, Probe>()
  /** One for each region that was touched, until its file is closed. */
  readonly #mappings = new Map<string, CpuMapping>()
  readonly #started = new Map<string, Call<Saw>>()

  readonly #words: Readonly<Record<string, Word>> = {
    open: (step) => this.#open(step),
    close: ({ device }) => this.#close(device as string),
    export: (step) => this.#export(step),
    exportAt: (step) =>
      this.#feature(step, {
        ...requestOf(step),
        flags: [(step.request as string) ?? 'get'],
        readable: step.readable as number,
      }),
    feature: (step) =>
      this.#feature(step, {
        feature: step.feature,
        flags: step.flags,
        payloadBytes: step.payloadBytes,
        ...given(step, { argsz: 'argsz' }),
      }),
    closeBuf: ({ buf }) => this.#put(buf as string),
    attach: (step) => this.#attach(step),
    detach: ({ attachment }) => plain(this.#probe(attachment).detachOp()),
    pin: ({ attachment }) => plain(this.#probe(attachment).locked(() => this.#probe(attachment).attachment.pin())),
    unpin: ({ attachment }) => plain(this.#probe(attachment).locked(() => this.#probe(attachment).attachment.unpin())),
    map: (step) => this.#map(step),
    unmap: ({ attachment }) => plain(this.#probe(attachment).unmapOp()),
    tryMap: (step) => this.#tryMap(step),
    status: ({ attachment }) => this.#status(this.#probe(attachment)),
    configWrite: (step) =>
      this.#control(step, 'configWrite', {
        ...placeOf(step),
        ...(step.or === undefined ? { value: step.value } : { or: step.or }),
      }),
    configRead: (step) => this.#configRead(step),
    reset: (step) => this.#control(step, 'reset'),
    hotReset: (step) => this.#control(step, 'hotReset', { groups: (step.groups as string[]).map(nameOf) }),
    hotResetInfo: (step) => this.#hotResetInfo(step),
    lowPower: (step) => this.#control(step, 'lowPower', { action: step.action }),
    pread: (step) => this.#control(step, 'pread', { region: step.region, offset: step.offset }),
    pwrite: (step) => this.#control(step, 'pwrite', { region: step.region, offset: step.offset }),
    mmap: (step) => this.#mmap(step),
    mmapAccess: (step) => this.#touch(step),
    regionInfo: (step) => this.#regionInfo(step),
    armRequest: (step) => this.#control(step, 'armRequest'),
    requestSeen: (step) => this.#answer(step, 'requestSeen'),
  }

  /** `undefined` for a step that is left out. */
  step(step: RecordedStep): { readonly mine: Saw; readonly recorded: Saw } | undefined {
    if (SKIPPED.includes(step.op)) return undefined
    const mine = step.op === 'bind' ? this.#bind(step) : this.#do(step)
    const recorded = withoutUncompared(step.saw)
    // An answer may say more than was recorded of this step.
    const compared = Object.fromEntries(Object.keys(recorded).map((key) => [key, mine[key]]))
    const failed = Object.fromEntries(['errno', 'signal'].flatMap((key) => (key in mine ? [[key, mine[key]]] : [])))
    return { mine: { ...compared, ...failed }, recorded }
  }

  #bind({ device }: Arguments): Saw {
    if (nameOf(device as string) !== 'nvme') this.house.bind(nameOf(device as string))
    return { ok: true }
  }

  #do(step: RecordedStep): Saw {
    if (step.op === 'start') return this.#start(step)
    if (step.op === 'wait' || step.op === 'check') return this.#look(step.of as string)
    return this.house.call(() => this.#perform(step))
  }

  /** A refusal is an answer. */
  *#perform(step: RecordedStep): Op<Saw> {
    const word = this.#words[step.op]
    if (word === undefined) throw new Error(`no word for ${step.op}`)
    try {
      return { ok: true, ...(yield* word(step)) }
    } catch (error) {
      if (error instanceof SignalError) return { signal: error.signal }
      if (!(error instanceof KernelError)) throw error
      return { errno: error.errno, at: (error as { place?: string }).place, mapType: null }
    }
  }

  #start(step: RecordedStep): Saw {
    const name = step.as as string
    const inner = step.do as RecordedStep
    const call =
      inner.op === 'unbind'
        ? (this.house.unbind(nameOf(inner.device as string)) as Call<never>)
        : this.house.start(name, () => this.#perform(inner))
    this.#started.set(name, call)
    this.house.settle()
    return this.#look(name)
  }

  #look(name: string): Saw {
    this.house.settle()
    const call = this.#started.get(name)
    if (call === undefined) throw new Error(`nothing was started as ${name}`)
    if (call.done) return { blocked: false, then: call.value ?? { ok: true } }
    const blocked = this.house.events().findLast((event) => event.kind === 'blocked')
    return { blocked: true, waitsFor: blocked?.kind === 'blocked' ? blocked.why : '' }
  }

  *#open({ device, as = device }: Arguments): Op<Saw> {
    const { driver } = this.house
    this.#files.set(as as string, yield* driver.open(this.house.device(nameOf(device as string))))
    const info = yield* this.#answer({ device: as }, 'info')
    return { ...info, command: hexText(info.command) }
  }

  *#close(role: string): Op<Saw> {
    for (const [place, mapping] of this.#mappings) {
      if (!place.startsWith(`${role} `)) continue
      yield* mapping.unmap()
      this.#mappings.delete(place)
    }
    yield* this.#file(role).close()
    this.#files.delete(role)
    return {}
  }

  *#mmap({ device, region, length, offset = 0 }: Arguments): Op<Saw> {
    const request = { region: Number(region), offset: Number(offset), length: Number(length) }
    const mapping = yield* this.#file(device).mmap?.(request) ?? missing('mmap')
    yield* mapping.unmap()
    return {}
  }

  *#touch({ device, region, offset, kind }: Arguments): Op<Saw> {
    const place = `${device as string} ${region as number}`
    const file = this.#file(device)
    const length = file.device.fn.bars.find(({ index }) => index === region)?.length ?? missing('BAR')
    const made =
      this.#mappings.get(place) ??
      (yield* file.mmap?.({ region: Number(region), offset: 0, length }) ?? missing('mmap'))
    this.#mappings.set(place, made)
    yield* made.access(kind as 'read' | 'write', Number(offset), 4)
    return {}
  }

  /** Without a name the buffer is closed at the end of the step. */
  *#export(step: Arguments): Op<Saw> {
    if (step.as === undefined) return yield* this.#feature(step, { ...requestOf(step), flags: ['get'] })
    const ranges = rangesOf(step).map(([offset, length]) => ({ offset: BigInt(offset), length: BigInt(length) }))
    const buffer = yield* this.#file(step.device).export({
      bar: step.region as number,
      ranges,
      name: step.as as string,
    })
    this.#buffers.set(step.as as string, buffer)
    return { size: hexText(buffer.size) }
  }

  *#feature(step: Arguments, args: Arguments): Op<Saw> {
    const answer = yield* this.#answer(step, 'feature', { feature: 'dmaBuf', ...args })
    return answer.size === undefined ? {} : { size: hexText(answer.size) }
  }

  *#put(buf: string): Op<Saw> {
    this.#buffer(buf).put()
    return {}
  }

  /** Without a name it is detached at the end of the step. */
  *#attach(step: Arguments): Op<Saw> {
    const probe = new Probe(this.house, nameOf(step.client as string), this.#buffer(step.buf), importerOf(step))
    yield* at('attach', probe.attachOp())
    if (step.as === undefined) yield* probe.detachOp()
    else this.#probes.set(step.as as string, probe)
    return { peer2peer: step.peer2peer as boolean, size: hexText(this.#buffer(step.buf).size) }
  }

  *#map({ attachment, dir }: Arguments): Op<Saw> {
    return tableSaw(yield* this.#probe(attachment).mapOp(DIRECTIONS[dir as keyof typeof DIRECTIONS]))
  }

  *#tryMap(step: Arguments): Op<Saw> {
    const probe = new Probe(this.house, nameOf(step.client as string), this.#buffer(step.buf))
    yield* at('attach', probe.attachOp())
    const table = yield* at('map', probe.mapOp())
    yield* probe.detachOp()
    return tableSaw(table)
  }

  *#status(probe: Probe): Op<Saw> {
    const whileMapped = probe.events.filter((event) => event === 'invalidate-mapped').length
    return {
      invalidations: probe.invalidations,
      invalidationsWhileMapped: whileMapped,
      mapped: probe.mapped,
      events: probe.events,
    }
  }

  *#configRead(step: Arguments): Op<Saw> {
    return { value: hexText((yield* this.#answer(step, 'configRead', placeOf(step))).value) }
  }

  *#hotResetInfo(step: Arguments): Op<Saw> {
    const devices = (yield* this.#answer(step, 'hotResetInfo')).devices as readonly string[]
    return { count: devices.length, devices }
  }

  *#regionInfo(step: Arguments): Op<Saw> {
    const info = yield* this.#answer(step, 'regionInfo', { region: step.region })
    return { ...info, size: hexText(info.size) }
  }

  *#control(step: Arguments, name: string, args: Arguments = {}): Op<Saw> {
    yield* this.#answer(step, name, args)
    return {}
  }

  *#answer(step: Arguments, name: string, args: Arguments = {}): Op<Saw> {
    const answer = yield* this.#file(step.device).control(name, args as Record<string, StepValue>)
    return (answer ?? {}) as Saw
  }

  #file(role: unknown): ExporterFile {
    return found(this.#files, role)
  }

  #buffer(name: unknown): DmaBuf {
    return found(this.#buffers, name)
  }

  #probe(name: unknown): Probe {
    return found(this.#probes, name)
  }
}

function missing(what: string): never {
  throw new Error(`there is no ${what}`)
}

function found<T>(map: ReadonlyMap<string, T>, name: unknown): T {
  const value = map.get(name as string)
  if (value === undefined) throw new Error(`there is no ${String(name)}`)
  return value
}

/** Remember at which stage a refusal came. */
function* at<T>(place: string, op: Op<T>): Op<T> {
  try {
    return yield* op
  } catch (error) {
    if (error instanceof KernelError) Object.assign(error, { place })
    throw error
  }
}

function* plain(op: Op<unknown>): Op<Saw> {
  yield* op
  return {}
}

function requestOf(step: Arguments): Arguments {
  return {
    region: Number(step.region),
    ranges: rangesOf(step),
    ...given(step, { argsz: 'argsz', nrRanges: 'nrRanges', flags: 'flagsField' }),
  }
}

/** The list, with its shorthands written out. */
function rangesOf({ ranges, stride, repeat = 1 }: Arguments): readonly (readonly [string, string])[] {
  const list = ranges as (readonly [string, string])[]
  const [first] = list
  if (stride !== undefined && first !== undefined) {
    const { step, count } = stride as { step: string; count: number }
    return Array.from({ length: count }, (_, i) => [hexText(Number(first[0]) + i * Number(step)), first[1]] as const)
  }
  return Array.from({ length: repeat as number }, () => list).flat()
}

function importerOf(step: Arguments): ProbeOptions {
  const manner = (step.invalidate as string).split(':')[0] as NonNullable<ProbeOptions['manner']>
  return { manner, peer2peer: step.peer2peer as boolean, isStatic: step.static === true, remap: step.remap === true }
}

/** Registers by name, since their offsets differ between machines. */
function placeOf({ register, offset, width }: Arguments): Arguments {
  return register === undefined ? { offset, width } : { register, width }
}

function given(step: Arguments, names: Readonly<Record<string, string>>): Arguments {
  return Object.fromEntries(
    Object.entries(names).flatMap(([from, to]) => (step[from] === undefined ? [] : [[to, step[from]]])),
  )
}

function tableSaw(table: SgTable): Saw {
  return {
    mapType: table.mapType === 'bus-addr' ? 'BUS_ADDR' : 'THRU_HOST_BRIDGE',
    nents: table.entries.length,
    origNents: table.origNents,
    total: hexText(table.entries.reduce((sum, { length }) => sum + length, 0)),
  }
}

const withoutUncompared = (saw: Saw): Saw =>
  Object.fromEntries(Object.entries(saw).filter(([key]) => !NOT_COMPARED.includes(key)))

const hexText = (value: unknown): string => `0x${(value as number).toString(16)}`
