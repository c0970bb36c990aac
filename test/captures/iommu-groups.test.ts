/** IOMMU groups that a running kernel made, held against those that we compute from the same registers. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { type Bdf, iommuGroups, openGroupBorders, type PciFunction, type Topology } from '@barter/core'
import { loadMachine } from '@barter/inspect'
import { machineOfRecording, readRecording } from '@barter/parity'
import { describe, expect, test } from 'vitest'

const root = join(import.meta.dirname, '..', '..')
const committed = join(root, 'examples', 'captures')
const recordings = ['kernel-7.3.4', 'kernel-7.3.4-iommufd'].map((name) => join(root, '..', 'shared', 'data', name))

/**
 * Members by group, in the order of the numbers, host bridge by host bridge: a capture does not tell in which order the
 * kernel found those. Functions to which it gave no group are left out.
 */
function partition(machine: Topology, groupOf: (fn: PciFunction) => number | undefined): readonly (readonly Bdf[])[] {
  return machine.hostBridges.flatMap(({ id }) => {
    const members = new Map<number, Bdf[]>()
    for (const fn of machine.functions) {
      const group = groupOf(fn)
      if (fn.hostBridge !== id || fn.iommuGroup === undefined || group === undefined) continue
      members.set(group, [...(members.get(group) ?? []), fn.bdf])
    }
    return [...members].sort(([a], [b]) => a - b).map(([, bdfs]) => bdfs)
  })
}

const recorded = (machine: Topology) => partition(machine, (fn) => fn.iommuGroup)

function computed(machine: Topology): ReturnType<typeof partition> {
  const groups = iommuGroups(machine, { policy: 'kernel-7.3' })
  return partition(machine, (fn) => groups.get(fn.bdf))
}

describe('ACS-13: the kernel made the groups that we compute, in the same order', () => {
  const captures = ['qemu-fabric-epyc-iommu.tar.gz', 'qemu-fabric-epyc-disable-acs-redir.tar.gz']

  test.each(captures)('in %s', async (name) => {
    const machine = await loadMachine(join(committed, name))
    expect(recorded(machine).length).toBeGreaterThan(10)
    expect(computed(machine)).toEqual(recorded(machine))
  })

  test('in the answer files of these captures', () => {
    return Promise.all(
      captures.map(async (name) => {
        const answers = JSON.parse(
          readFileSync(join(import.meta.dirname, 'expected', name.replace('.tar.gz', '.json')), 'utf8'),
        ) as { iommuGroups: Record<string, number> }
        const machine = await loadMachine(join(committed, name))
        const said = partition(machine, (fn) => answers.iommuGroups[fn.bdf])
        expect(computed(machine)).toEqual(said)
      }),
    )
  })

  for (const folder of recordings) {
    test(`in every recording of ${basename(folder)}`, (context) => {
      if (!existsSync(folder)) context.skip(`there is no folder ${folder}`)
      const files = readdirSync(folder).filter((name) => name.endsWith('.json'))
      const machines = files.map((file) => {
        return { file, machine: machineOfRecording(readRecording(file, readFileSync(join(folder, file), 'utf8'))) }
      })
      expect(machines.filter(({ machine }) => recorded(machine).length > 0).length).toBeGreaterThan(10)
      expect(machines.map(({ file, machine }) => [file, ...computed(machine)])).toEqual(
        machines.map(({ file, machine }) => [file, ...recorded(machine)]),
      )
    })
  }
})

describe('ACS-14 in a real kernel', () => {
  test('INV-29: without redirect at two ports of one switch a bus address passes from one group to another', (context) => {
    const file = join(recordings[1] ?? '', 'iommufd-groups-without-redirect.json')
    if (!existsSync(file)) context.skip(`there is no file ${file}`)
    const machine = machineOfRecording(readRecording(basename(file), readFileSync(file, 'utf8')))
    const seen = new Map(machine.functions.map((fn) => [fn.bdf, fn.iommuGroup ?? -1]))
    expect(openGroupBorders(machine, seen).length).toBeGreaterThan(0)
    expect(openGroupBorders(machine, iommuGroups(machine, { policy: 'ideal' }))).toEqual([])
  })
})
