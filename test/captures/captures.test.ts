/**
 * Every capture that has an answer file, of whatever kind, pair for pair. The qemu-fabric answers were read from a
 * running kernel; the others were worked out by hand. Machines that we may not ship lie beside the repository, if they
 * are there at all. A new answer file is a new test.
 */
import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import { cpuRoutesPeers, parseBdf, readAcs, redirectBits, type Topology, writeAcsControl } from '@barter/core'
import { inspectTopology, loadMachine, type MachineReading, type PairReport, readMachine } from '@barter/inspect'
import { describe, expect, test } from 'vitest'
import {
  comparable,
  type ExpectedAnswers,
  expectedPair,
  exportableBars,
  inputsOf,
  listings,
  readExpected,
} from './expected-answers.ts'

const root = join(import.meta.dirname, '..', '..')
const committed = join(root, 'examples', 'captures')
const beside = join(root, '..', 'shared', 'data', 'captures')

/** The machine; where its files do not tell the CPU, as somebody who knows it would give it. */
async function readWithCpu(paths: readonly string[], { cpu }: ExpectedAnswers): Promise<MachineReading> {
  const reading = await readMachine(paths)
  if (cpuRoutesPeers(reading.topology.cpu) !== undefined) return reading
  return readMachine(paths, { cpu: cpu.cpuSupportsP2pdma ? 'amd:0x17' : 'other' })
}

function holds(answers: ExpectedAnswers, paths: readonly string[]): void {
  describe(`${answers.file}, from ${paths.map((path) => basename(path)).join(' and ')}`, () => {
    let loaded: Promise<MachineReading> | undefined
    const machine = async (): Promise<Topology> => (await (loaded ??= readWithCpu(paths, answers))).topology

    test(`P2P-20 to P2P-23: all ${answers.pairs.length} pairs`, async () => {
      const topology = await machine()
      const reports = answers.pairs.map(({ provider, client }) => only(topology, provider, client))
      const got = answers.pairs.map((pair, index) => comparable(at(reports, index), pair))
      expect(got).toEqual(answers.pairs.map(expectedPair))
      const bridges = answers.pairs.map((pair, index) => listings(at(reports, index), pair))
      expect(bridges.map(([found]) => found)).toEqual(bridges.map(([, wanted]) => wanted))
    })

    test('HB-1: the CPU, told, inferred or given, is what it is', async () => {
      expect(cpuRoutesPeers((await machine()).cpu)).toBe(answers.cpu.cpuSupportsP2pdma)
    })

    test('ACS-10: pairs that a boot parameter turns to bus addresses', async () => {
      const topology = await machine()
      const after = answers.pairs.flatMap(({ provider, client, wouldBeBusAddrAfter: parameter }) => {
        if (parameter === undefined) return []
        const ports = parameter.replace('pci=disable_acs_redir=', '').split(';').map(parseBdf)
        const changed = topology.mapFunctions((fn) => (ports.includes(fn.bdf) ? withoutRedirect(fn) : fn))
        const advice = only(topology, provider, client).acsRedirectOn
        return [{ mapType: only(changed, provider, client).mapType, advice, parameter: ports }]
      })
      expect(after).toEqual(after.map(({ parameter }) => ({ mapType: 'bus-addr', advice: parameter, parameter })))
    })

    test('VFIO-14: the BARs that can be exported, the IOMMU groups, and whether ACS could be read', async () => {
      const inspection = inspectTopology(await machine())
      expect(inspection.acsKnown).toBe(answers.acsKnown)
      const bars = Object.keys(answers.exportableBars ?? {}).map((bdf) => [bdf, exportableBars(inspection, bdf)])
      expect(Object.fromEntries(bars)).toEqual(answers.exportableBars ?? {})
      const seen = inspection.devices.some(({ iommuGroup }) => iommuGroup !== null)
      const groups = Object.keys(answers.iommuGroups ?? {}).map((bdf) => {
        return [bdf, inspection.devices.find((device) => device.bdf === bdf)?.iommuGroup]
      })
      // Bytes do not show groups; no group at all is then what there is to see.
      const wanted = Object.entries(answers.iommuGroups ?? {}).map(([bdf, group]) => [bdf, seen ? group : null])
      expect(Object.fromEntries(groups)).toEqual(Object.fromEntries(wanted))
    })

    test('ACS-4: a capture that cannot show ACS says so', async () => {
      const { acsKnown, unknown } = inspectTopology(await machine())
      expect(unknown.some((sentence) => sentence.includes('ACS'))).toBe(!acsKnown)
    })
  })
}

function withoutRedirect(fn: Topology['functions'][number]): Topology['functions'][number] {
  const acs = readAcs(fn.config)
  if (acs.kind !== 'present') return fn
  const config = fn.config.copy()
  const set = redirectBits(acs.control)
  writeAcsControl(config, acs.control - set.reduce((sum, bit) => sum + { RR: 4, CR: 8, EC: 32 }[bit as 'RR'], 0))
  return { ...fn, config }
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
    holds(answers, [join(committed, basename(answers.capture))])
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
  for (const answers of readExpected(join(beside, 'expected'))) {
    for (const files of inputsOf(answers)) {
      holds(
        answers,
        files.map((file) => join(beside, file)),
      )
    }
  }
})
