/** Advice on random machines: it works, nothing of it is idle, and nothing smaller would do. */
import {
  type Bdf,
  buildTopology,
  compose,
  hasRedirect,
  p2pVerdict,
  type PciFunction,
  readAcs,
  type Topology,
  withIommuGroups,
  writeAcsControl,
} from '@barter/core'
import {
  adviseWanted,
  type Advice,
  answerLetter,
  applyChange,
  foldMatrix,
  imagine,
  isEndpoint,
  type Letter,
  letterMatrix,
  type Way,
} from '@barter/inspect'
import { acs } from '@barter/platform-acs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ANY_BITS, randomMachine, REDIRECT } from './random-machine.ts'
import { runs, SEED, TIMEOUT } from './sweep.ts'

/** A machine and devices of it that somebody wants together, close to each other more often than not. */
const wish = fc
  .record({
    spec: fc.oneof(randomMachine(ANY_BITS), randomMachine(REDIRECT)),
    iommu: fc.constantFrom('none' as const, 'translated' as const, undefined),
    picks: fc.array(fc.nat(), { minLength: 2, maxLength: 4 }),
    near: fc.boolean(),
  })
  .map(({ spec, iommu, picks, near }) => {
    const built = buildTopology(spec).topology
    const topology = withIommuGroups(iommu === undefined ? built : built.with({ iommu: { mode: iommu } }), {
      policy: 'kernel-7.3',
    })
    const all = topology.functions.filter(isEndpoint)
    const top = (fn: PciFunction | undefined): unknown => (fn === undefined ? fn : topology.chain(fn).at(-1))
    const first = all[(picks[0] ?? 0) % Math.max(all.length, 1)]
    const pool = near ? all.filter((fn) => top(fn) === top(first)) : all
    const names = [...new Set([first, ...picks.slice(1).map((pick) => pool[pick % Math.max(pool.length, 1)])])]
    return { topology, names: names.flatMap((fn) => fn?.bdf ?? []) }
  })
  .filter(({ names }) => names.length > 1)

type Ordered = readonly [Bdf, Bdf]

const letterOf = (topology: Topology, [provider, client]: Ordered): Letter =>
  answerLetter(p2pVerdict(topology, topology.get(provider), topology.get(client)))

const pairsOf = ({ pairs }: Advice, kind: Advice['pairs'][number]['kind']): readonly Ordered[] =>
  pairs.filter((need) => need.kind === kind).map(({ provider, client }) => [provider, client])

/** Our own way to clear, apart from the advice's. */
function cleared(topology: Topology, functions: Iterable<Bdf>): Topology {
  const chosen = new Set(functions)
  return topology.mapFunctions((fn) => {
    const word = readAcs(fn.config)
    if (!chosen.has(fn.bdf) || word.kind !== 'present') return fn
    const config = fn.config.copy()
    writeAcsControl(config, 0)
    return { ...fn, config }
  })
}

const redirecting = (topology: Topology): readonly Bdf[] =>
  topology.functions.filter((fn) => hasRedirect(readAcs(fn.config)) === true).map(({ bdf }) => bdf)

/** What the kernel makes of the words on its command line, by the plugin that models them. */
function booted(topology: Topology, { commands }: Way): Topology {
  const [, name, value = ''] = /^pci=(\w+)=(.*)$/.exec(commands[0] ?? '') ?? []
  const options = name === 'config_acs' ? { configAcs: value } : { disableAcsRedir: value }
  return compose({ topology, plugins: [acs(options)] }).topology
}

function subsets(of: readonly Bdf[], size: number): readonly (readonly Bdf[])[] {
  if (size === 0) return [[]]
  return of.flatMap((first, i) => subsets(of.slice(i + 1), size - 1).map((rest) => [first, ...rest]))
}

const options = (usual: number): { numRuns: number; seed: number } => ({ numRuns: runs(usual), seed: SEED })

describe('P2P-21, ACS-10, ACS-11: advice for devices that are wanted together', () => {
  test(
    'applied as the kernel would, each way gives every pair it speaks of a bus address',
    { timeout: TIMEOUT },
    () => {
      const seen = { ways: 0 }
      fc.assert(
        fc.property(wish, ({ topology, names }) => {
          const advice = adviseWanted(topology, names, { kernel: { major: 7, minor: 3 } })
          const wanted = [...pairsOf(advice, 'clear'), ...pairsOf(advice, 'direct')]
          expect(advice.ways.length > 0).toBe(advice.clear.length > 0)
          for (const way of advice.ways) {
            if (way.proof === undefined) continue
            seen.ways++
            expect(way.proof.map(({ after }) => after)).toEqual(wanted.map(() => 'B'))
            const after = way.kind === 'setpci' ? cleared(topology, advice.clear) : booted(topology, way)
            for (const pair of wanted) expect(letterOf(after, pair)).toBe('B')
            expect(way.warning).toMatch(/^WARNING/)
          }
        }),
        options(150),
      )
      expect(seen.ways).toBeGreaterThan(100)
    },
  )

  test('no proper subset does, and brute force finds nothing smaller', { timeout: TIMEOUT }, () => {
    const seen = { several: 0 }
    fc.assert(
      fc.property(wish, ({ topology, names }) => {
        const advice = adviseWanted(topology, names)
        const wanted = pairsOf(advice, 'clear')
        if (wanted.length === 0) return
        if (advice.clear.length > 1) seen.several++
        const does = (functions: readonly Bdf[]): boolean => {
          const after = cleared(topology, functions)
          return wanted.every((pair) => letterOf(after, pair) === 'B')
        }
        for (const left of advice.clear) expect(does(advice.clear.filter((bdf) => bdf !== left))).toBe(false)
        const candidates = redirecting(topology)
        fc.pre(candidates.length <= 9)
        const smallest = candidates.map((_, size) => size).concat(candidates.length)
        const found = smallest.find((size) => subsets(candidates, size).some(does))
        expect(found).toBe(advice.clear.length)
      }),
      options(160),
    )
    expect(seen.several).toBeGreaterThan(15)
  })

  test('P2P-22: what it calls impossible is not direct even with redirect off everywhere', { timeout: TIMEOUT }, () => {
    fc.assert(
      fc.property(wish, ({ topology, names }) => {
        const open = cleared(topology, redirecting(topology))
        for (const pair of pairsOf(adviseWanted(topology, names), 'impossible'))
          expect(letterOf(open, pair)).not.toBe('B')
      }),
      options(150),
    )
  })

  test(
    'ACS-14: the devices it says lose isolation are those whose pairs become direct, no more and no fewer',
    { timeout: TIMEOUT },
    () => {
      const seen = { pairs: 0 }
      fc.assert(
        fc.property(wish, ({ topology, names }) => {
          const advice = adviseWanted(topology, names)
          const direct = advice.ways[0]?.isolation?.direct ?? []
          const said = new Set(
            direct.flatMap(({ parts }) =>
              parts.flatMap((a) =>
                parts.flatMap((b) => (a === b ? [] : a.devices.flatMap((x) => b.devices.map((y) => `${x} ${y}`)))),
              ),
            ),
          )
          const after = cleared(topology, advice.clear)
          const endpoints = topology.functions.filter(isEndpoint).map(({ bdf }) => bdf)
          for (const a of endpoints) {
            for (const b of endpoints) {
              if (a === b) continue
              const becomes = letterOf(topology, [a, b]) !== 'B' && letterOf(after, [a, b]) === 'B'
              expect(said.has(`${a} ${b}`)).toBe(becomes)
              if (becomes) seen.pairs++
            }
          }
        }),
        options(80),
      )
      expect(seen.pairs).toBeGreaterThan(100)
    },
  )

  test('a slot that would do does, asked of the machine after the move', { timeout: TIMEOUT }, () => {
    const seen = { moves: 0 }
    fc.assert(
      fc.property(wish, ({ topology, names }) => {
        const before = adviseWanted(topology, names)
        for (const { change, instead, clear, gains, all } of before.slots) {
          if (instead !== undefined) continue
          seen.moves++
          const after = cleared(applyChange(topology, change), clear)
          const good = before.pairs.filter(({ provider, client }) => letterOf(after, [provider, client]) === 'B').length
          const today = before.pairs.filter(({ kind }) => kind !== 'impossible').length
          expect(good).toBe(today + 2 * gains)
          if (all) expect(good).toBe(before.pairs.length)
        }
      }),
      options(200),
    )
    expect(seen.moves).toBeGreaterThan(10)
  })

  test('what-if says what the advice says', { timeout: TIMEOUT }, () => {
    fc.assert(
      fc.property(wish, ({ topology, names }) => {
        const advice = adviseWanted(topology, names)
        const changes = advice.clear.map((bdf) => `acs:${bdf}=-RR,CR,EC`)
        const { change } = imagine(topology, changes, 'all')
        expect(change.lost).toEqual(advice.ways.find(({ kind }) => kind === 'setpci')?.isolation ?? change.lost)
        for (const { provider, client, before, after } of change.pairs) {
          expect([before, after]).toEqual([letterOf(topology, [provider, client]), 'B'])
        }
      }),
      options(60),
    )
  })
})

describe('the matrix on a screen', () => {
  test('P2P-20: letters are those of the walk, and no fold hides another letter', { timeout: TIMEOUT }, () => {
    const seen = { packs: 0, switches: 0 }
    fc.assert(
      fc.property(wish, fc.constantFrom(0, 3), ({ topology }, packs) => {
        const functions = topology.functions.filter(isEndpoint)
        const matrix = letterMatrix(topology, functions)
        const folded = foldMatrix(topology, matrix, { devices: 0, packs, mixed: packs })
        const placeOf = new Map(
          folded.rows.flatMap((row, r) => row.packs.flatMap((pack, p) => pack.map((fn) => [fn, { r, p }] as const))),
        )
        expect(placeOf.size).toBe(functions.length)
        for (const { packs } of folded.rows) {
          if (packs.length > 1) seen.switches++
          if (packs.some((pack) => pack.length > 1)) seen.packs++
        }
        for (const [a, provider] of functions.entries()) {
          for (const [b, client] of functions.entries()) {
            if (a === b) continue
            const walked = letterOf(topology, [provider.bdf, client.bdf])
            const [x, y] = [placeOf.get(provider), placeOf.get(client)]
            const shown =
              x?.r === y?.r && x?.p === y?.p ? folded.rows[x?.r ?? -1]?.within : folded.at(x?.r ?? -1, y?.r ?? -1)
            expect([matrix.at(a, b), shown]).toEqual([walked, walked])
          }
        }
      }),
      options(120),
    )
    expect(Math.min(...Object.values(seen))).toBeGreaterThan(10)
  })
})
