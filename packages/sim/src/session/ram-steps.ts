/** Steps on memory of a process: `allocate`, `udmabuf`, and the CPU's `load` and `store`. */
import {
  type Access,
  atOnce,
  BUS,
  type CpuAccess,
  isMemory,
  KernelError,
  type KernelObject,
  type Op,
  overPages,
  physAddr,
  FACTS,
  PLATFORM,
  type ProcessMemory,
  TRACE,
  udmabuf as makeUdmabuf,
  WITNESS,
} from '@barter/core'
import { BufferFile, ObjectFile } from './open-file.ts'
import { ok, type Performed, type StepCall } from './step-call.ts'
import { beginsWith, bytesOfText, previewOf } from './text-bytes.ts'

/** **Errors** ENOMEM. */
export function* allocate(call: StepCall): Op<Performed> {
  const { step, args } = call.planned
  const type = step.target === 'memfd' ? 'memfd' : 'memory'
  const memory = call.services.ram.allocate(type, step.as ?? type, Number(args.length))
  call.made(new ObjectFile(call.services.kernel, memory))
  return ok({ length: memory.length })
}

/** **Errors** EINVAL for what is no memfd. */
export const udmabuf = (call: StepCall): Op<Performed> =>
  call.withFile('object', ({ object }) => atOnce(() => udmabufOf(call, object)))

function udmabufOf(call: StepCall, object: KernelObject): Performed {
  const { kernel, run } = call.services
  if (!isMemory(object) || object.type !== 'memfd') {
    throw new KernelError('EINVAL', 'IFD-4', `${object.name} is no memfd`)
  }
  const { scope } = run
  const facts = scope.get(FACTS)
  const services = {
    kernel,
    trace: scope.get(TRACE),
    facts,
    dma: scope.get(PLATFORM).dma,
    witness: scope.get(WITNESS),
    pageSize: facts.pageSize,
  }
  const buffer = makeUdmabuf(services, call.planned.step.as ?? `udmabuf of ${object.name}`, object)
  call.made(new BufferFile(buffer))
  return ok({ size: buffer.size })
}

/** The CPU loads or stores memory that is its own. **Errors** EFAULT beyond the end. */
export const touchRam = (access: Access, call: StepCall): Op<Performed> =>
  call.withFile('object', ({ object }) => touchObject(call, access, object))

function* touchObject(call: StepCall, access: Access, object: KernelObject): Op<Performed> {
  const { offset = 0, length, data, expectData } = call.planned.args as Readonly<Record<string, number & string>>
  const bytes = data === undefined ? undefined : bytesOfText(data)
  const wanted = length ?? bytes?.length ?? USUAL_LENGTH
  if (!isMemory(object)) throw new KernelError('ENODEV', 'MM-1', `${object.name} cannot be mapped`)
  const got = yield* touchMemory(call, access, object, offset, wanted, bytes)
  if (got.data === undefined) return ok()
  if (expectData !== undefined && !beginsWith(got.data, expectData)) {
    return { result: { kind: 'error', status: `other data came back: ${previewOf(got.data)}` } }
  }
  return ok(previewOf(got.data))
}

function touchMemory(
  { services: { run } }: StepCall,
  access: Access,
  memory: ProcessMemory,
  offset: number,
  length: number,
  bytes: Uint8Array | undefined,
): Op<CpuAccess> {
  const { start } = memory.range(offset, length, 'EFAULT')
  const bus = run.scope.get(BUS)
  const data = access === 'write' ? (bytes ?? new Uint8Array(length)) : undefined
  return overPages(run.scope.get(FACTS).pageSize, access, start, length, data, (piece) =>
    bus.cpu(access, physAddr(piece.offset), piece.length, piece.data),
  )
}

const USUAL_LENGTH = 4
