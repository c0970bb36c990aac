/** A schedule as a word that can be pasted: the scenario and system that it belongs to, and which thread ran how many steps. */
import { tokenForeign, tokenInvalid, tokenVersion } from './errors.ts'

/** Changes when schedules recorded before no longer mean the same. */
const VERSION = 'barter1'
const BASE = 36

export function tokenOf(digest: string, schedule: readonly number[]): string {
  const blocks: string[] = []
  for (let i = 0; i < schedule.length;) {
    const thread = schedule[i] as number
    let count = 1
    while (schedule[i + count] === thread) count++
    blocks.push(count === 1 ? thread.toString(BASE) : `${thread.toString(BASE)}_${count.toString(BASE)}`)
    i += count
  }
  return `${VERSION}.${digest}.${blocks.join('-')}`
}

/** **Errors** `UsageError` `TOKEN_INVALID`, `TOKEN_VERSION`; `TOKEN_FOREIGN` if the digest is another one. */
export function scheduleOf(token: string, digest: string): readonly number[] {
  const { digest: found, schedule } = readToken(token)
  if (found !== digest) {
    throw tokenForeign(found, digest)
  }
  return schedule
}

/** **Errors** `UsageError` `TOKEN_INVALID`, `TOKEN_VERSION`. */
export function readToken(token: string): { readonly digest: string; readonly schedule: readonly number[] } {
  const [version = '', digest = '', text, ...rest] = token.trim().split('.')
  if (version !== VERSION && /^barter\d+$/.test(version)) {
    throw tokenVersion(version, VERSION)
  }
  if (version !== VERSION || !/^[0-9a-f]{16}$/.test(digest) || text === undefined || rest.length > 0)
    throw tokenInvalid(token, VERSION)
  const schedule: number[] = []
  for (const block of text === '' ? [] : text.split('-')) {
    const match = /^([0-9a-z]+)(?:_([0-9a-z]+))?$/.exec(block)
    if (match === null) throw tokenInvalid(token, VERSION)
    const count = match[2] === undefined ? 1 : Number.parseInt(match[2], BASE)
    if (schedule.length + count > LONGEST) throw tokenInvalid(token, VERSION)
    for (let i = 0; i < count; i++) schedule.push(Number.parseInt(match[1] ?? '', BASE))
  }
  return { digest, schedule }
}

const LONGEST = 1_000_000
