/** Where the possible words come from that are not written in the commands. */
import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { MiB, UsageError } from '@barter/core'
import { shortBdf } from '../render/device-label.ts'
import { readRuleBook } from '../rules/rule-book.ts'
import type { WordSources } from './possible-words.ts'

/** A larger file takes too long for somebody who has pressed a key. */
const MOST_BYTES = 4 * MiB

export function wordSources(cwd: string): WordSources {
  return {
    async devices(paths) {
      const path = paths[0] === undefined ? undefined : resolve(cwd, paths[0])
      if (path !== undefined && (statSync(path, { throwIfNoEntry: false })?.size ?? Infinity) > MOST_BYTES) return []
      const { isEndpoint, loadMachine } = await import('@barter/inspect')
      return ofUser(async () => (await loadMachine(path)).functions.filter(isEndpoint).map(({ bdf }) => shortBdf(bdf)))
    },
    rules: () => ofUser(async () => (await readRuleBook()).rules.map(({ id }) => id)),
  }
}

/** What cannot be read has no words to offer; the command itself will say why when it is run. */
async function ofUser(words: () => Promise<readonly string[]>): Promise<readonly string[]> {
  try {
    return await words()
  } catch (error) {
    if (error instanceof UsageError) return []
    throw error
  }
}
