/** What became of a step: in words, and whether it was to be so. */
import type { Expected, StepResult } from '@barter/core'

/** `ok`, `ENODEV: …`, `error (local protection error, ENODEV)`, `blocked: …`. */
export function resultText(result: StepResult): string {
  switch (result.kind) {
    case 'ok':
      return typeof result.value === 'string' ? `ok: ${result.value}` : 'ok'
    case 'errno':
      return `${result.errno}: ${result.message}`
    case 'error':
      return `error (${[result.status, ...(result.errno === undefined ? [] : [result.errno])].join(', ')})`
    case 'signal':
      return `${result.signal}: ${result.message}`
    case 'blocked':
      return `blocked on ${result.on}: ${result.why}`
    case 'not-reached':
      return result.why === undefined ? 'not reached' : `not reached: ${result.why}`
    case 'not-comparable':
      return `not comparable: ${result.why}`
  }
}

/** What the process learns of it: of an error the number, and no reason. */
export function seenText(result: StepResult): string {
  switch (result.kind) {
    case 'errno':
      return result.errno
    case 'signal':
      return result.signal
    case 'not-reached':
      return 'not reached'
    default:
      return resultText(result)
  }
}

/** Of a step that was done several times: which results came. How often each of them did decides nothing that comes later. */
export const seenOfEach = (each: readonly StepResult[]): string => [...new Set(each.map(seenText))].sort().join(' and ')

/** What is expected of a step that does not say. */
const USUAL: readonly Expected[] = ['ok']

/** A completion in error is met by `error`, and by the errno behind it. */
export function isMet(result: StepResult, expected: readonly Expected[] = USUAL): boolean {
  switch (result.kind) {
    case 'ok':
      return expected.includes('ok')
    case 'errno':
      return expected.includes(result.errno)
    case 'error':
      return expected.includes('error') || (result.errno !== undefined && expected.includes(result.errno))
    case 'signal':
      return expected.includes(result.signal)
    case 'blocked':
    case 'not-reached':
      return false
    case 'not-comparable':
      return true
  }
}
