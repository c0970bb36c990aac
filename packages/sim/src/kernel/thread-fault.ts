/** What an exception that leaves a thread means (style: three families, never mixed). */
import { ContractError, described, KernelError, UsageError, type Violation } from '@barter/core'
import type { Party } from '@barter/core'
import type { Death, Thread } from './thread.ts'

/** The fault of a driver: it broke the rules of an interface. `undefined`: not that, so nobody may swallow it. */
export function deathBy(error: unknown): Death | undefined {
  if (error instanceof ContractError) return { rule: error.rule, message: error.message }
  if (error instanceof KernelError) {
    return { rule: 'INV-12', message: `a refusal reached nobody: ${error.errno} (${error.rule}), ${error.message}` }
  }
  return undefined
}

/** A rule that names an invariant is reported under it, all others as a breach of discipline. */
export function deathViolation(thread: Thread, { rule, message }: Death, actor: Party): Violation {
  const invariant = rule.startsWith('INV-') ? rule : 'INV-12'
  const isNamed = message.startsWith(`${thread.name} `)
  return { invariant, rule, message: isNamed ? message : `${thread.name}: ${message}`, actor, parties: [] }
}

/** An error that is nobody's but the programmer's: say in which thread, and go on as that error. */
export function asBug(thread: Thread, error: unknown): Error {
  if (error instanceof UsageError) return error
  const message =
    error instanceof Error
      ? error.message
      : `it threw ${described(error)}, which is no Error and does not say where it comes from: let it throw one`
  return new Error(`thread ${thread.name} failed: ${message}`, { cause: error })
}
