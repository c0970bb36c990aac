/** The fabric judges every mapping, on random machines: switches in switches, devices of several functions, two host bridges. */
import { buildTopology, type IommuMode, type Plugin } from '@barter/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { wrongOnOurSide } from './disagreement.ts'
import { story, tryAll } from './every-pair.ts'
import { ANY_BITS, NO_REDIRECT, randomMachine, REDIRECT } from './random-machine.ts'
import { runs, SEED, TIMEOUT } from './sweep.ts'
import { type Surroundings, wholeSystem } from './whole-system.ts'

const surroundings: fc.Arbitrary<Surroundings> = fc.record({
  iommu: fc.constantFrom<IommuMode>('none', 'identity', 'translated'),
  facts: fc.record({ pageSize: fc.constantFrom(4096, 16384, 65536) }),
})

describe('INV-16, INV-18: on random machines each map lands in its byte by its way, or is refused', () => {
  test.each([
    ['without redirect', NO_REDIRECT],
    ['with redirect at all ports', REDIRECT],
    ['with any ACS bits anywhere', ANY_BITS],
  ])('%s', { timeout: TIMEOUT }, async (_name, choice) => {
    const seen = { mapped: 0, refused: 0 }
    await fc.assert(
      fc.asyncProperty(randomMachine(choice), surroundings, async (spec, around) => {
        const system = wholeSystem(buildTopology(spec).topology, around)
        for (const trial of await tryAll(system, 3)) {
          seen[trial.mapped ? 'mapped' : 'refused']++
          const wrong = wrongOnOurSide(system.topology, trial, around.iommu === 'translated')
          expect(wrong, story(trial)).toEqual([])
        }
      }),
      { numRuns: runs(180), seed: SEED },
    )
    expect(Math.min(...Object.values(seen))).toBeGreaterThan(20)
  })

  test.each(['bus-addr', 'thru-host-bridge'] as const)(
    'a kernel to which every pair is %s is found out',
    { timeout: TIMEOUT },
    async (mapType) => {
      const credulous: Plugin = {
        name: 'credulous',
        apply: ({ hooks }) => {
          hooks.mapType.tap('credulous', () => mapType)
        },
      }
      const property = fc.asyncProperty(randomMachine(REDIRECT), surroundings, async (spec, around) => {
        const system = wholeSystem(buildTopology(spec).topology, { ...around, plugins: [credulous] })
        const translated = around.iommu === 'translated'
        return (await tryAll(system, 3)).every(
          (trial) => wrongOnOurSide(system.topology, trial, translated).length === 0,
        )
      })
      expect(await fc.check(property, { numRuns: 200, seed: SEED, endOnFailure: true })).toMatchObject({ failed: true })
    },
  )
})
