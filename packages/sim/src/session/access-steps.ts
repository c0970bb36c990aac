/** Steps that let a device move data: `read`, `write`. */
import { type AccessResult, type Import, KernelError, type Op, sleep, type StepResult } from '@barter/core'
import { ok, type Performed, type StepCall } from './step-call.ts'
import { resultText, seenOfEach } from './step-result.ts'
import { beginsWith, bytesOfText, previewOf } from './text-bytes.ts'

interface AccessArgs {
  readonly offset?: number
  readonly length?: number
  readonly times: number
  readonly pause?: number
  readonly data?: string
  readonly expectData?: string
}

/** Done `times` times, one after the other; what became of each is counted. */
export function access(kind: 'read' | 'write'): (call: StepCall) => Op<Performed> {
  return (call) => {
    const args = call.planned.args as unknown as AccessArgs
    return call.withFile('import', ({ made }) => repeated(call, kind, made, args))
  }
}

function* repeated(call: StepCall, kind: 'read' | 'write', made: Import, args: AccessArgs): Op<Performed> {
  if (args.times === 1) return { result: yield* once(kind, made, args) }
  const each: StepResult[] = []
  for (let i = 0; i < args.times; i++) {
    if (i > 0 && args.pause !== undefined) yield* sleep(args.pause)
    each.push(yield* once(kind, made, args))
    call.settle(() => `${each.length}: ${seenOfEach(each)}`)
  }
  return { ...ok(countsText(each)), each }
}

function* once(access: 'read' | 'write', made: Import, args: AccessArgs): Op<StepResult> {
  const data = args.data === undefined ? undefined : bytesOfText(args.data)
  const length = args.length ?? data?.length ?? 0
  const { offset = 0 } = args
  const request = data === undefined ? { access, offset, length } : { access, offset, length, data }
  try {
    return stepResult(yield* made.access(request), args.expectData)
  } catch (error) {
    if (!(error instanceof KernelError)) throw error
    return { kind: 'errno', errno: error.errno, rule: error.rule, message: error.message }
  }
}

function stepResult({ ok, status, errno, rule, data }: AccessResult, expected: string | undefined): StepResult {
  const cause = { ...(errno === undefined ? {} : { errno }), ...(rule === undefined ? {} : { rule }) }
  if (!ok) return { kind: 'error', status, ...cause }
  if (data === undefined) return { kind: 'ok' }
  if (expected !== undefined && !beginsWith(data, expected)) {
    return { kind: 'error', status: `other data came back: ${previewOf(data)}` }
  }
  return { kind: 'ok', value: previewOf(data) }
}

/** `3 ok, 2 error (local protection error, ENODEV)`, in the order in which each came first. */
function countsText(each: readonly StepResult[]): string {
  const counts = new Map<string, number>()
  for (const result of each) {
    const text = result.kind === 'ok' ? 'ok' : resultText(result)
    counts.set(text, (counts.get(text) ?? 0) + 1)
  }
  return [...counts].map(([text, count]) => `${count} ${text}`).join(', ')
}
