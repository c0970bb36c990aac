/** Whose verdict is another. */
import { p2pVerdict, type PciFunction, type Topology } from '@barter/core'
import type { Letter } from '../report/answer.ts'
import { isInteresting } from '../report/device-class.ts'
import { isEndpoint } from '../report/exportable.ts'
import { letterMatrix } from '../report/letters.ts'
import { canProvide } from '../report/pairs.ts'
import { ANSWER_NAMES } from '../report/requirement.ts'

interface VerdictChange {
  /** As in the first capture. */
  readonly provider: string
  readonly client: string
  readonly before: string
  readonly after: string
  /** One of the two answers is not known, and may be the other one. */
  readonly open?: true
  readonly why: { readonly before: string; readonly after: string }
}

export interface VerdictChanges {
  /** Ordered pairs that both captures have. */
  readonly looked: number
  readonly changed: readonly VerdictChange[]
}

/** **Shape** `all`: every endpoint, not only those that people pair. */
export function verdictChanges(
  [before, after]: readonly [Topology, Topology],
  same: readonly (readonly [PciFunction, PciFunction])[],
  all: boolean,
): VerdictChanges {
  const both = same.filter(
    ([fn, other]) =>
      isEndpoint(fn) && isEndpoint(other) && (all || isInteresting(fn.classCode) || isInteresting(other.classCode)),
  )
  const was = letterMatrix(
    before,
    both.map(([fn]) => fn),
  )
  const is = letterMatrix(
    after,
    both.map(([, fn]) => fn),
  )
  const changed: VerdictChange[] = []
  let looked = 0
  for (const [a, [provider, providerAfter]] of both.entries()) {
    // Without a BAR on either side there is no answer that anybody asks for.
    if (!canProvide(provider) && !canProvide(providerAfter)) continue
    for (const [b, [client, clientAfter]] of both.entries()) {
      if (a === b) continue
      looked++
      const [x, y] = [was.at(a, b), is.at(a, b)]
      if (x === y) continue
      changed.push({
        provider: provider.bdf,
        client: client.bdf,
        before: ANSWER_NAMES[x],
        after: ANSWER_NAMES[y],
        ...(mayAgree(x, y) ? { open: true as const } : {}),
        why: {
          before: p2pVerdict(before, provider, client).reason,
          after: p2pVerdict(after, providerAfter, clientAfter).reason,
        },
      })
    }
  }
  return { looked, changed }
}

const mayAgree = (a: Letter, b: Letter): boolean =>
  a === '?' || b === '?' || (a === 'e' && b !== 'x') || (b === 'e' && a !== 'x')
