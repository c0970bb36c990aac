/** Steps that map device memory into a process and touch it with the CPU: `mmap`, `load`, `store`, `pin`. */
import {
  type Access,
  BUS,
  type CpuMappingServices,
  type GuestMemory,
  KernelError,
  type MmapRequest,
  type Op,
  SignalError,
  TRACE,
} from '@barter/core'
import { type DeviceFile, MappingFile } from './open-file.ts'
import { touchRam } from './ram-steps.ts'
import { ok, type Performed, type StepCall } from './step-call.ts'
import { beginsWith, bytesOfText, previewOf } from './text-bytes.ts'

interface MmapArgs {
  readonly bar?: number
  readonly offset?: number
  readonly length?: number
  readonly shared: boolean
  readonly writable: boolean
}

/** **Errors** ENODEV when the driver has no `mmap`; the driver's own. */
export const mmap = (call: StepCall): Op<Performed> => call.withFile('file', (held) => mmapOf(call, held))

function* mmapOf(call: StepCall, held: DeviceFile): Op<Performed> {
  const { bar = 0, offset = 0, length, shared, writable } = call.planned.args as unknown as MmapArgs
  const { file } = held
  if (file.mmap === undefined) throw new KernelError('ENODEV', 'MM-1', `${file.device.name} cannot be mapped`)
  // A program asks for the size first; of a region that is not there it would not know one.
  const whole = file.device.fn.bars.find((one) => one.index === bar)?.length ?? UNKNOWN_LENGTH
  const request: MmapRequest = { region: bar, offset, length: length ?? whole - offset, shared, writable }
  const mapping = yield* file.mmap(request)
  call.made(new MappingFile(call.services.kernel, mapping, held))
  return ok({ length: mapping.length })
}

interface TouchArgs {
  readonly offset?: number
  readonly length?: number
  readonly data?: string
  readonly expectData?: string
  readonly guest?: boolean
}

/** **Errors** of a process SIGSEGV and SIGBUS; of a guest EFAULT of the call that runs it (MM-8). */
export function touch(access: Access): (call: StepCall) => Op<Performed> {
  return (call) =>
    call.handle.kind === 'object' ? touchRam(access, call) : held(call, (file) => touchMapping(call, access, file))
}

function* touchMapping(call: StepCall, access: Access, file: MappingFile): Op<Performed> {
  const { offset = 0, length, data, expectData, guest } = call.planned.args as TouchArgs
  const bytes = data === undefined ? undefined : bytesOfText(data)
  const wanted = length ?? bytes?.length ?? USUAL_LENGTH
  const memory = guest === true ? guestMemory(call, file) : file.mapping
  const got = yield* memory.access(
    access,
    offset,
    wanted,
    access === 'write' ? (bytes ?? new Uint8Array(wanted)) : undefined,
  )
  if (got.data === undefined) return ok()
  if (expectData !== undefined && !beginsWith(got.data, expectData)) {
    return { result: { kind: 'error', status: `other data came back: ${previewOf(got.data)}` } }
  }
  return ok(previewOf(got.data))
}

/** **Errors** EFAULT (MM-3). */
export const pin = (call: StepCall): Op<Performed> => held(call, ({ mapping }) => mapping.pin())

/** Nothing keeps a mapping while somebody touches it: after it was unmapped there is nothing at the address. */
function held(call: StepCall, body: (file: MappingFile) => Op<Performed>): Op<Performed> {
  if (!call.process.has(call.file)) {
    throw new SignalError('SIGSEGV', 'MM-1', `${call.process.name} has unmapped ${call.handle.name}`)
  }
  return call.withFile('mapping', body)
}

function guestMemory({ services: { kernel, run } }: StepCall, file: MappingFile): GuestMemory {
  const services: CpuMappingServices = { kernel, bus: run.scope.get(BUS), trace: run.scope.get(TRACE) }
  return file.guest(services)
}

const USUAL_LENGTH = 4
const UNKNOWN_LENGTH = 4096
