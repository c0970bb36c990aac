/** What a call refuses, as data that a test can compare whole. */
import { UsageError } from '@barter/core'

/** Code of the `UsageError` that a call ends with. Every one has to have a hint. */
export async function codeOf(call: () => unknown): Promise<string> {
  try {
    await call()
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    if (error.hint === undefined) throw new Error(`${error.code} has no hint`, { cause: error })
    return error.code
  }
  return 'no error'
}
