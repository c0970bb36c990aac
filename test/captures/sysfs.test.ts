/**
 * Every sysfs capture that has an answer file, pair for pair. The qemu-fabric answers were read from a running kernel;
 * the others were worked out by hand. Machines that we may not ship lie beside the repository, if they are there at all.
 */
import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Topology } from '@barter/core'
import { inspectTopology, loadMachine, type PairReport } from '@barter/inspect'
import { describe, expect, test } from 'vitest'
import {
  comparable,
  type ExpectedAnswers,
  expectedPair,
  exportableBars,
  listings,
  readExpected,
} from './expected-answers.ts'

const root = join(import.meta.dirname, '..', '..')
const committed = join(root, 'examples', 'captures')
const beside = join(root, '..', 'shared', 'data', 'captures')

function holds(answers: ExpectedAnswers, path: string): void {
  describe(answers.file, () => {
    let loaded: Promise<Topology> | undefined
    const topology = (): Promise<Topology> => (loaded ??= loadMachine(path))

    test(`P2P-20 to P2P-23: all ${answers.pairs.length} pairs of ${answers.capture}`, async () => {
      const machine = await topology()
      const reports = answers.pairs.map(({ provider, client }) => only(machine, provider, client))
      const got = answers.pairs.map((pair, index) => comparable(at(reports, index), pair))
      expect(got).toEqual(answers.pairs.map(expectedPair))
      const bridges = answers.pairs.map((pair, index) => listings(at(reports, index), pair))
      expect(bridges.map(([found]) => found)).toEqual(bridges.map(([, wanted]) => wanted))
    })

    test('VFIO-14: the BARs that can be exported, the IOMMU groups, and whether ACS could be read', async () => {
      const inspection = inspectTopology(await topology())
      expect(inspection.acsKnown).toBe(answers.acsKnown)
      const bars = Object.keys(answers.exportableBars ?? {}).map((bdf) => [bdf, exportableBars(inspection, bdf)])
      expect(Object.fromEntries(bars)).toEqual(answers.exportableBars ?? {})
      const groups = Object.keys(answers.iommuGroups ?? {}).map((bdf) => {
        return [bdf, inspection.devices.find((device) => device.bdf === bdf)?.iommuGroup]
      })
      expect(Object.fromEntries(groups)).toEqual(answers.iommuGroups ?? {})
    })

    test('ACS-4: a capture that cannot show ACS says so', async () => {
      const { acsKnown, unknown } = inspectTopology(await topology())
      expect(unknown.some((sentence) => sentence.includes('ACS'))).toBe(!acsKnown)
    })
  })
}

const only = (machine: Topology, provider: string, client: string): PairReport =>
  at(inspectTopology(machine, { pairs: [provider, client] }).pairs, 0)

function at<T>(list: readonly T[], index: number): T {
  const found = list[index]
  if (found === undefined) throw new Error(`there is no element ${index}`)
  return found
}

describe('captures in the repository', () => {
  for (const answers of readExpected(join(import.meta.dirname, 'expected'))) {
    holds(answers, join(committed, basename(answers.capture)))
  }

  test('P2P-21: the same fabric with redirect switched off at six ports turns its switch-local pairs to bus addresses', async () => {
    const [before, after] = await Promise.all(
      ['qemu-fabric-epyc-iommu', 'qemu-fabric-epyc-disable-acs-redir'].map(async (name) => {
        return loadMachine(join(committed, `${name}.tar.gz`))
      }),
    )
    const pair = ['0000:03:00.0', '0000:04:00.0'] as const
    const verdicts = [before, after].map((machine) => machine && at(inspectTopology(machine, { pairs: pair }).pairs, 0))
    expect(verdicts.map((verdict) => [verdict?.mapType, verdict?.acsRedirectOn])).toEqual([
      ['thru-host-bridge', ['0000:02:00.0', '0000:02:01.0']],
      ['bus-addr', []],
    ])
  })
})

describe('captures beside the repository', () => {
  if (!existsSync(beside)) {
    test('are not here', (context) => context.skip(`there is no folder ${beside}`))
    return
  }
  for (const answers of readExpected(join(beside, 'expected'))) holds(answers, join(beside, answers.capture))
})
