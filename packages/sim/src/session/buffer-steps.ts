/** Steps that make, use and give back descriptors: `export`, `import`, `close`, and the words of drivers. */
import { type Device, type ExportRequest, KernelError, type Op, type StepValue } from '@barter/core'
import { BufferFile, ImportFile } from './open-file.ts'
import { ok, type Performed, type StepCall } from './step-call.ts'
import type { StepArgs } from './step-values.ts'

export function* exportBar(call: StepCall): Op<Performed> {
  return yield* call.withFile('file', function* ({ file }) {
    const buffer = yield* file.export(exportRequest(call.planned.args, file.device))
    call.made(new BufferFile(buffer))
    return ok({ size: buffer.size })
  })
}

export function* importBuffer(call: StepCall): Op<Performed> {
  const { on, args } = call.planned
  const importer = on?.importer
  if (on === undefined || importer === undefined) throw new Error(`${call.planned.text} has no importer`)
  const { on: _name, ...options } = args
  const device = call.services.drivers.device(on)
  return yield* call.withFile('buffer', function* ({ buffer }) {
    const made = yield* importer.import(device, buffer, options)
    call.made(new ImportFile(made, device, buffer))
    return ok()
  })
}

export function* close(call: StepCall): Op<Performed> {
  yield* call.process.close(call.file, call.handle.name)
  return ok()
}

/** A word of the driver behind the target. **Errors** ENOTTY when an import understands none; the driver's own. */
export function* control(call: StepCall): Op<Performed> {
  const { verb } = call.planned.step
  const { args } = call.planned
  if (call.handle.kind === 'file') return yield* call.withFile('file', (held) => value(held.file.control(verb, args)))
  return yield* call.withFile('import', ({ made }) => {
    if (made.control === undefined) throw new KernelError('ENOTTY', 'IMP-1', `${call.handle.name} knows no ${verb}`)
    return value(made.control(verb, args))
  })
}

function* value(op: Op<StepValue>): Op<Performed> {
  const given = (yield* op) as StepValue | undefined
  return ok(given ?? undefined)
}

interface ExportArgs {
  readonly bar: number
  readonly ranges?: ExportRequest['ranges']
  readonly openFlags?: readonly string[]
}

/** What a program that exports a whole BAR would write; of a BAR that is not there it would not know a length. */
function exportRequest(args: StepArgs, device: Device): ExportRequest {
  const { bar, ranges, openFlags } = args as unknown as ExportArgs
  const length = device.fn.bars.find((one) => one.index === bar)?.length ?? UNKNOWN_LENGTH
  return {
    bar,
    ranges: ranges ?? [{ offset: 0n, length: BigInt(length) }],
    ...(openFlags === undefined ? {} : { openFlags }),
  }
}

/** One page, so that the length is not what is wrong with the request. */
const UNKNOWN_LENGTH = 4096
