/** Two captures of one machine: who is who, what is not as it was, and whose verdict changed. */
import { join } from 'node:path'
import { acsWith, buildTopology, ConfigSpace, readAcs, type Topology } from '@barter/core'
import { diffMachines, loadMachine } from '@barter/inspect'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { matchFunctions } from '../src/diff/match-functions.ts'

const capture = (name: string): Promise<Topology> =>
  loadMachine(join(import.meta.dirname, `../../../examples/captures/qemu-fabric-epyc-${name}.tar.gz`))
const machine = await capture('iommu')

test('P2P-31: the ports that a boot parameter cleared, the pairs that changed, the groups that merged', async () => {
  const diff = diffMachines(machine, await capture('disable-acs-redir'))
  expect(diff.bootOptions).toEqual({
    added: ['pci=disable_acs_redir=0000:00:03.0;0000:02:00.0;0000:02:01.0;0000:02:02.0;0000:06:00.0;0000:06:01.0'],
    removed: [],
  })
  expect(diff.devices.changed.map(({ device }) => device)).toEqual([
    '0000:00:03.0',
    '0000:02:00.0',
    '0000:02:01.0',
    '0000:02:02.0',
    '0000:06:00.0',
    '0000:06:01.0',
  ])
  expect(diff.devices.changed[0]?.changes).toEqual([{ what: 'acs', before: 'SV+RR+CR+UF', after: 'off' }])
  expect(diff.verdicts.looked).toBe(182)
  expect(diff.verdicts.changed).toHaveLength(20)
  expect(diff.verdicts.changed.every((one) => one.before === 'host-bridge' && one.after === 'bus-addr')).toBe(true)
  expect(diff.groups).toHaveLength(14)
})

test('what a capture without root cannot tell is no change of a verdict', async () => {
  const diff = diffMachines(machine, await capture('iommu-unprivileged'))
  expect(diff.verdicts.changed).toHaveLength(24)
  expect(diff.verdicts.changed.every(({ open }) => open === true)).toBe(true)
})

test.each(['iommu', 'noiommu', 'iommu-unprivileged'])('%s and itself differ in nothing', async (name) => {
  const one = await capture(name)
  expect(diffMachines(one, one, { all: true })).toMatchObject({
    machine: [],
    bootOptions: { added: [], removed: [] },
    devices: { added: [], removed: [], changed: [] },
    groups: [],
    verdicts: { changed: [] },
  })
})

test('a card more renumbers buses: the others keep their identity, and are told to have new names', () => {
  const slots = (...devices: readonly number[]): Topology =>
    buildTopology({
      cpu: { vendor: 'AuthenticAMD', family: 0x19 },
      hostBridges: [
        {
          devices: devices.map((device) => ({
            rootPort: `port${device}`,
            device,
            below: [{ endpoint: `card${device}`, bars: [{ index: 0, length: '16 KiB', kind: 'mem64' }] }],
          })),
        },
      ],
    } as never).topology
  const { added, removed, changed } = diffMachines(slots(1, 3), slots(1, 2, 3)).devices
  expect([added.map(({ device }) => device), removed]).toEqual([['0000:00:02.0', '0000:02:00.0'], []])
  expect(changed).toEqual([
    { device: '0000:02:00.0', changes: [{ what: 'name', before: '0000:02:00.0', after: '0000:03:00.0' }] },
  ])
})

test('whatever is missing, every function is matched once or told to be added or removed', () => {
  const indexes = fc.uniqueArray(fc.nat(machine.functions.length - 1), { maxLength: 12 })
  fc.assert(
    fc.property(indexes, indexes, (left, right) => {
      const without = (gone: readonly number[]): Topology => {
        const names = new Set(gone.map((i) => machine.functions[i]?.bdf))
        const stays = machine.functions.filter((fn) => machine.chain(fn).every(({ bdf }) => !names.has(bdf)))
        return machine.with({ functions: stays })
      }
      const [a, b] = [without(left), without(right)]
      const { same, added, removed } = matchFunctions(a, b)
      expect(new Set([...same.map(([fn]) => fn), ...removed])).toEqual(new Set(a.functions))
      expect(new Set([...same.map(([, fn]) => fn), ...added])).toEqual(new Set(b.functions))
      for (const [fn, other] of same) expect([fn.vendor, fn.device]).toEqual([other.vendor, other.device])
    }),
    { numRuns: 60 },
  )
})

test('ACS-1: one bit of one port is found', () => {
  const changed = machine.mapFunctions((fn) => {
    const acs = readAcs(fn.config)
    if (fn.bdf !== '0000:02:00.0' || acs.kind !== 'present') return fn
    const config = new ConfigSpace(fn.config.bytes.slice())
    config.write(acs.offset + 6, 2, acsWith(acs.control, [], ['UF']))
    return { ...fn, config }
  })
  const diff = diffMachines(machine, changed)
  expect(diff.devices.changed).toEqual([
    { device: '0000:02:00.0', changes: [{ what: 'acs', before: 'SV+RR+CR+UF', after: 'SV+RR+CR' }] },
  ])
  expect(diff.verdicts.changed).toEqual([])
})
