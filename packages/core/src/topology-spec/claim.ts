/** Packing address ranges: BARs into bridge windows, windows into those of the host bridge. */
import { alignDown, alignUp, contains, hex, overlaps } from '../address.ts'
import { specError } from './spec-error.ts'

/** Something that needs a stretch of addresses. */
export interface Claim {
  readonly where: string
  readonly length: number
  /** A power of two. */
  readonly align: number
  /** Its address, when it cannot float. */
  readonly fixed?: number
  /** Told its address when that is known; called once. */
  settle(start: number): void
}

/**
 * One claim that covers others, with edges at multiples of `granularity`. Larger alignments go first, which wastes
 * least; what is fixed keeps its place, and the rest follows behind the last such.
 */
export function packed(where: string, claims: readonly Claim[], granularity: number): Claim {
  const fixed = claims.filter((claim) => claim.fixed !== undefined)
  const floating = byAlignment(claims.filter((claim) => claim.fixed === undefined))
  if (fixed.length > 0) return around(where, fixed, floating, granularity)
  const offsets: number[] = []
  let length = 0
  let align = granularity
  for (const claim of floating) {
    const offset = alignUp(length, claim.align)
    offsets.push(offset)
    length = offset + claim.length
    align = Math.max(align, claim.align)
  }
  return {
    where,
    length: alignUp(length, granularity),
    align,
    settle: (start) => floating.forEach((claim, i) => claim.settle(start + (offsets[i] ?? 0))),
  }
}

function around(where: string, fixed: readonly Claim[], floating: readonly Claim[], granularity: number): Claim {
  const start = alignDown(Math.min(...fixed.map((claim) => claim.fixed ?? 0)), granularity)
  const places = fixed.map((claim) => ({ claim, at: claim.fixed ?? 0 }))
  let end = Math.max(...places.map(({ claim, at }) => at + claim.length))
  for (const claim of floating) {
    const at = alignUp(end, claim.align)
    places.push({ claim, at })
    end = at + claim.length
  }
  checkApart(places)
  return {
    where,
    length: alignUp(end, granularity) - start,
    align: granularity,
    fixed: start,
    settle: () => {
      for (const { claim, at } of places) claim.settle(at)
    },
  }
}

export interface Space {
  readonly start: number
  readonly length: number
}

/**
 * Give each claim a place: what is fixed where it says, the rest first-fit, larger alignments first.
 *
 * **Shape** `spaces`: where places are looked for, in this order; `taken`: ranges in use, gains the new ones.
 * **Errors** `UsageError` `TOPOLOGY_SPEC`, with `hint`, when one does not fit.
 */
export function placeAll(claims: readonly Claim[], spaces: readonly Space[], taken: Space[], hint: string): void {
  for (const claim of claims) {
    if (claim.fixed === undefined) continue
    const at = claim.fixed
    if (!spaces.some((space) => contains(space.start, space.length, at, claim.length))) {
      throw specError(
        claim.where,
        `${range(at, claim.length)} is in no window of its host bridge (${listed(spaces)})`,
        hint,
      )
    }
    const other = taken.find((one) => overlaps(one.start, one.length, at, claim.length))
    if (other !== undefined) {
      const message = `${range(at, claim.length)} overlaps ${range(other.start, other.length)}`
      throw specError(claim.where, message, 'give the BARs of both sides a start, or of none')
    }
    taken.push({ start: at, length: claim.length })
    claim.settle(at)
  }
  for (const claim of byAlignment(claims.filter((one) => one.fixed === undefined))) {
    const at = spaces.map((space) => gap(claim, space, taken)).find((found) => found !== undefined)
    if (at === undefined) {
      throw specError(claim.where, `${hex(claim.length)} bytes find no place in ${listed(spaces)}`, hint)
    }
    taken.push({ start: at, length: claim.length })
    claim.settle(at)
  }
}

/** First aligned gap, or `undefined`. It begins at the start of the space or behind something taken. */
function gap(claim: Claim, space: Space, taken: readonly Space[]): number | undefined {
  const starts = [space.start, ...taken.map((one) => one.start + one.length)].map((start) =>
    alignUp(start, claim.align),
  )
  return starts
    .filter((at) => contains(space.start, space.length, at, claim.length))
    .filter((at) => !taken.some((one) => overlaps(one.start, one.length, at, claim.length)))
    .reduce<number | undefined>((best, at) => (best === undefined || at < best ? at : best), undefined)
}

/** Larger alignments first, else as they came. */
function byAlignment(claims: readonly Claim[]): Claim[] {
  return [...claims].sort((a, b) => b.align - a.align)
}

function checkApart(places: readonly { readonly claim: Claim; readonly at: number }[]): void {
  const sorted = [...places].sort((a, b) => a.at - b.at)
  for (const [i, { claim, at }] of sorted.entries()) {
    const next = sorted[i + 1]
    if (next === undefined || at + claim.length <= next.at) continue
    const message = `${range(next.at, next.claim.length)} overlaps ${range(at, claim.length)} of ${claim.where}`
    throw specError(next.claim.where, message, 'bridges forward whole MiB; move one of them further away')
  }
}

const range = (start: number, length: number): string => `[${hex(start)}, ${hex(start + length)})`
const listed = (spaces: readonly Space[]): string =>
  spaces.length === 0 ? 'no window' : spaces.map((space) => range(space.start, space.length)).join(', ')
