/**
 * The error families, never mixed: `KernelError` is a refusal that the modelled kernel gives, `UsageError` a mistake of
 * a person who composed or called, `ContractError` a driver that broke the rules of an interface. What the oracle finds
 * is data (`Violation`), not thrown.
 */
import { ERRNO, type Errno } from './errno.ts'

/** How many calls a stack tells; engines other than V8 do not look. */
const engine = Error as unknown as { stackTraceLimit?: number | undefined }

/** A refusal by the modelled kernel; a scenario may expect it. */
export class KernelError extends Error {
  readonly errno: Errno
  /** Id of the rule that decides, as in `VFIO-8`. */
  readonly rule: string
  constructor(errno: Errno, rule: string, asked: string) {
    // A refusal is an answer like any other: nobody asks where in the code it was made, and a stack costs more than the rest.
    const { stackTraceLimit } = engine
    engine.stackTraceLimit = 0
    super(asked)
    engine.stackTraceLimit = stackTraceLimit
    this.name = 'KernelError'
    this.errno = errno
    this.rule = rule
  }
  get meaning(): string {
    return ERRNO[this.errno]
  }
}

/** `SIGSEGV`: nothing is mapped there, or not for that. */
export const SIGNALS = ['SIGBUS', 'SIGSEGV'] as const
export type Signal = (typeof SIGNALS)[number]

/** What user space gets in place of an answer: the access that it made cannot be. Not an errno, since no call returns. */
export class SignalError extends Error {
  readonly signal: Signal
  readonly rule: string
  constructor(signal: Signal, rule: string, asked: string) {
    super(asked)
    this.name = 'SignalError'
    this.signal = signal
    this.rule = rule
  }
}

export interface UsageFacts {
  /** What to do about it, as a sentence. */
  readonly hint?: string
  readonly plugin?: string
  readonly cause?: unknown
}

/** A person composed or called it wrong. `code` is stable; docs/errors.md lists each one. */
export class UsageError extends Error {
  readonly code: string
  readonly hint: string | undefined
  readonly plugin: string | undefined
  constructor(code: string, message: string, facts: UsageFacts = {}) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause })
    this.name = 'UsageError'
    this.code = code
    this.hint = facts.hint
    this.plugin = facts.plugin
  }
}

/** Driver code broke the contract of an interface: a lock not held, an unmap without map. The run reports it as INV-12. */
export class ContractError extends Error {
  readonly rule: string
  constructor(rule: string, message: string) {
    super(message)
    this.name = 'ContractError'
    this.rule = rule
  }
}
