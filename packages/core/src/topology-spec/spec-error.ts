/** Mistakes in a topology written by a person, each with its place: `hostBridges[0].devices[1]`. */
import { UsageError } from '../errors.ts'
import { parseSize } from '../size.ts'
import type { Size } from './spec.ts'

/** **Errors** it makes one: `UsageError` `TOPOLOGY_SPEC`. */
export function specError(where: string, message: string, hint: string): UsageError {
  return new UsageError('TOPOLOGY_SPEC', `${where}: ${message}`, { hint })
}

/** Bytes of a size written at `where`. */
export function sizeAt(where: string, size: Size): number {
  try {
    return parseSize(size)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    throw new UsageError('TOPOLOGY_SPEC', `${where}: ${error.message}`, {
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      cause: error,
    })
  }
}

/** A whole number within bounds, both included. */
export function wholeAt(where: string, value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value
  throw specError(
    where,
    `${value} is not a whole number from ${least} to ${most}`,
    `write one from ${least} to ${most}`,
  )
}
