/** Arguments of words as steps carry them: numbers, u64 as `bigint`, or text in decimal or hex. */
import { KernelError, type StepValue } from '@barter/core'

export type WordArgs = Readonly<Record<string, StepValue>>

/** **Errors** EFAULT for what no system call can carry. */
export function u64(args: WordArgs, name: string, otherwise?: bigint): bigint {
  const value = optionalU64(args, name) ?? otherwise
  if (value === undefined) throw new KernelError('EFAULT', 'IFD-1', `${name} is missing`)
  return value
}

export function optionalU64(args: WordArgs, name: string): bigint | undefined {
  const value = args[name]
  if (value === undefined) return undefined
  if (typeof value === 'bigint' && value >= 0n) return value
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return BigInt(value)
  if (typeof value === 'string' && /^(0x[0-9a-f]+|\d+)$/i.test(value)) return BigInt(value)
  throw new KernelError('EFAULT', 'IFD-1', `${name} is no number of 64 bits`)
}
