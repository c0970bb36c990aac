/** Advice for machines that were captured, held against the same machine booted as it says. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Bdf, iommuGroups, readAcs, type Topology } from '@barter/core'
import { adviseWanted, imagine, inspectTopology, loadMachine, vendorLabel } from '@barter/inspect'
import { describe, expect, test } from 'vitest'

const captures = join(import.meta.dirname, '..', '..', 'examples', 'captures')
const load = (name: string): Promise<Topology> => loadMachine(join(captures, `qemu-fabric-epyc-${name}.tar.gz`))

const WANTED = ['03:00.0', '04:00.0', '07:00.0', '08:00.0', '09:00.0']
/** What the second machine was booted with. */
const BOOTED = ['00:03.0', '02:00.0', '02:01.0', '02:02.0', '06:00.0', '06:01.0']

const control = (machine: Topology, bdf: Bdf): number => {
  const acs = readAcs(machine.get(bdf).config)
  return acs.kind === 'present' ? acs.control : 0
}

describe('the machine before and after pci=disable_acs_redir', () => {
  test('ACS-10: the ports to clear are those it was booted with, but for one that no pair needs', async () => {
    const advice = adviseWanted(await load('iommu'), WANTED)
    expect(advice.status).toBe('possible')
    expect(advice.clear.map((bdf) => bdf.slice(5))).toEqual(BOOTED.slice(1))
    expect(advice.ways.map(({ kind }) => kind)).toEqual(['config-acs', 'disable-acs-redir', 'setpci', 'iommu-off'])
  })

  test('ACS-10: the control words after the boot parameter are those that the kernel then had', async () => {
    const after = await load('disable-acs-redir')
    const way = adviseWanted(await load('iommu'), WANTED).ways.find(({ kind }) => kind === 'disable-acs-redir')
    expect(way?.words).toHaveLength(5)
    for (const { bdf, after: word } of way?.words ?? []) expect(word).toBe(control(after, bdf))
    expect(adviseWanted(after, WANTED).status).toBe('direct')
  })

  test('ACS-13: the groups that are said to merge are those that merged', async () => {
    const [before, after] = [await load('iommu'), await load('disable-acs-redir')]
    const changes = BOOTED.map((port) => `acs:${port}=off`)
    const { topology, change } = imagine(before, changes, 'all')
    const shape = (machine: Topology, group: (bdf: Bdf) => number | undefined): readonly string[] =>
      machine.functions.map((fn) => machine.functions.findIndex(({ bdf }) => group(bdf) === group(fn.bdf))).map(String)
    const computed = iommuGroups(topology, { policy: 'kernel-7.3' })
    expect(shape(topology, (bdf) => computed.get(bdf))).toEqual(shape(after, (bdf) => after.get(bdf).iommuGroup))
    expect(change.lost.groups).toEqual([
      {
        parts: [
          { group: 14, devices: ['0000:03:00.0'] },
          { group: 15, devices: ['0000:04:00.0'] },
          { group: 19, devices: ['0000:07:00.0'] },
          { group: 20, devices: ['0000:08:00.0'] },
          { group: 13, devices: ['0000:09:00.0'] },
        ],
      },
    ])
    expect(change.gained).toMatchObject({ groups: [], direct: [] })
  })
})

test('P2P-31: what would give a pair a bus address is what the answer files say', async () => {
  const folder = join(import.meta.dirname, 'expected')
  let checked = 0
  for (const file of readdirSync(folder)) {
    const answers = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Answers
    const machine = await loadMachine(join(captures, answers.capture.replace('sysfs/', '')))
    for (const { provider, client, wouldBeBusAddrAfter } of answers.pairs) {
      const [pair] = inspectTopology(machine, { pairs: [provider, client] }).pairs
      expect(pair?.wouldBeBusAddrAfter).toBe(wouldBeBusAddrAfter)
      checked++
    }
  }
  expect(checked).toBeGreaterThan(300)
})

interface Answers {
  readonly capture: string
  readonly pairs: readonly {
    readonly provider: string
    readonly client: string
    readonly wouldBeBusAddrAfter?: string
  }[]
}

test('the labels of a machine are those that nvidia-smi topo -m printed there', async (context) => {
  const path = join(import.meta.dirname, '../../../shared/data/captures/mixed/asus-esc8000a-e12.md')
  if (!existsSync(path)) context.skip(`there is no ${path}`)
  const devices = ['01', '41', 'c1', 'e1'].map((bus) => `0000:${bus}:00.0`)
  devices.push(...['21', '81'].flatMap((bus) => [`0000:${bus}:00.0`, `0000:${bus}:00.1`]))
  const printed = readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => /^(?:GPU|NIC)\d\s+(?:X|NODE|SYS|PIX|PHB)\s/.test(line))
    .map((line) => line.trim().split(/\s+/).slice(1, 9))
  const machine = await loadMachine(path)
  const functions = devices.map((bdf) => machine.get(bdf as Bdf))
  expect(functions.map((a) => functions.map((b) => vendorLabel(machine, a, b)))).toEqual(printed)
})
