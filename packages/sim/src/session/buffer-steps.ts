/** Steps that make, use and give back descriptors: `export`, `import`, `close`, and the words of drivers. */
import {
  bufferControl,
  descriptorFacts,
  type Device,
  type ExporterFile,
  type ExportRequest,
  type Import,
  KernelError,
  type KernelObject,
  type Op,
  type StepValue,
} from '@barter/core'
import { BufferFile, ImportFile } from './open-file.ts'
import { ok, type Performed, type StepCall } from './step-call.ts'
import type { StepArgs } from './step-values.ts'

const USUAL_DESCRIPTOR = descriptorFacts()

export const exportBar = (call: StepCall): Op<Performed> => call.withFile('file', ({ file }) => exportFrom(call, file))

function* exportFrom(call: StepCall, file: ExporterFile): Op<Performed> {
  const request = exportRequest(call.planned.args, file.device)
  const buffer = yield* file.export(request)
  call.made(new BufferFile(buffer))
  const { openFlags } = request
  const { access, nonblock, cloexec } = openFlags === undefined ? USUAL_DESCRIPTOR : descriptorFacts(openFlags)
  return ok({ size: buffer.size, access, nonblock, cloexec })
}

export function importBuffer(call: StepCall): Op<Performed> {
  const { on, args } = call.planned
  const importer = on?.driver === undefined ? undefined : call.services.run.importer(on.driver)
  if (importer === undefined) throw new Error(`${call.planned.text} has no importer`)
  const { on: name, driver: _driver, ...options } = args
  const device = call.services.clientCalled(typeof name === 'string' ? name : '')
  if (call.planned.target.kind === 'no-buffer') throw noBuffer(call.planned.target.open)
  if (call.handle.kind === 'mapping') {
    return call.withFile('mapping', ({ mapping }) => {
      // By its address: who knows of nothing better pins it.
      const work = call.withGiven(
        (objects) => importer.importMapping?.(device, mapping, options, objects) ?? mapping.pin(),
      )
      return imported(call, work, device, mapping)
    })
  }
  return call.withFile('buffer', ({ buffer }) =>
    imported(call, importer.import(device, buffer, options), device, buffer),
  )
}

/** **Shape** `of`: what was imported. */
function* imported(call: StepCall, work: Op<Import>, device: Device, of: { readonly name: string }): Op<Performed> {
  call.made(new ImportFile(call.services.kernel, yield* work, device, of, call.isSent))
  return ok()
}

export function* close(call: StepCall): Op<Performed> {
  yield* call.process.close(call.file, call.handle.name)
  return ok()
}

/** A word of the driver behind the target. **Errors** ENOTTY when an import understands none; the driver's own. */
export function* control(call: StepCall): Op<Performed> {
  const { verb } = call.planned.step
  const { args } = call.planned
  if (call.handle.kind === 'buffer') {
    return yield* call.withFile('buffer', ({ buffer }) => value(bufferControl(buffer, verb, args)))
  }
  if (call.planned.byHardware === true && call.file instanceof ImportFile) return yield* importControl(call, call.file)
  if (call.handle.kind === 'file') {
    return yield* call.withFile('file', ({ file }) => value(call.withGiven((given) => file.control(verb, args, given))))
  }
  if (call.handle.kind === 'object') {
    return yield* call.withFile('object', ({ object, part }) =>
      call.services.kernel.inside(part, objectControl(call, object)),
    )
  }
  return yield* call.withFile('import', (file) => importControl(call, file))
}

function* importControl(call: StepCall, { made }: ImportFile): Op<Performed> {
  const { step, args } = call.planned
  if (made.control === undefined) {
    throw new KernelError('ENOTTY', 'IMP-1', `${call.handle.name} knows no ${step.verb}`)
  }
  return yield* value(made.control(step.verb, args))
}

function* objectControl(call: StepCall, object: KernelObject): Op<Performed> {
  const { step, args } = call.planned
  return yield* value(
    call.withGiven((given) => {
      if (object.control === undefined) throw new KernelError('ENOTTY', 'IFD-1', `${object.name} knows no ${step.verb}`)
      return object.control(step.verb, args, given)
    }),
  )
}

/** **Source** DMB-4 */
const noBuffer = (open: boolean): KernelError =>
  open
    ? new KernelError('EINVAL', 'DMB-4', 'the descriptor is no dma-buf')
    : new KernelError('EBADF', 'DMB-4', 'the descriptor is not open')

function* value(op: Op<StepValue>): Op<Performed> {
  const given = (yield* op) as StepValue | undefined
  return ok(given ?? undefined)
}

interface ExportArgs {
  readonly bar: number
  readonly ranges?: ExportRequest['ranges']
  readonly openFlags?: readonly string[]
  readonly flags?: number
  readonly nrRanges?: number
  readonly argsz?: number
}

/** What a program that exports a whole BAR would write; of a BAR that is not there it would not know a length. */
function exportRequest(args: StepArgs, device: Device): ExportRequest {
  const { bar, ranges, openFlags, flags, nrRanges, argsz } = args as unknown as ExportArgs
  const length = device.fn.bars.find((one) => one.index === bar)?.length ?? UNKNOWN_LENGTH
  const request: Mutable<ExportRequest> = { bar, ranges: ranges ?? [{ offset: 0n, length: BigInt(length) }] }
  if (openFlags !== undefined) request.openFlags = openFlags
  if (flags !== undefined) request.flags = flags
  if (nrRanges !== undefined) request.nrRanges = nrRanges
  if (argsz !== undefined) request.argsz = argsz
  return request
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/** One page, so that the length is not what is wrong with the request. */
const UNKNOWN_LENGTH = 4096
