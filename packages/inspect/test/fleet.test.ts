/** Fleets: which files are captures, and which machines are alike. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ConfigSpace, parseBdf, readAcs, type Topology } from '@barter/core'
import {
  countAnswers,
  findCaptures,
  inspectTopology,
  isFleet,
  loadMachine,
  machineRow,
  shapeHash,
} from '@barter/inspect'
import { describe, expect, test } from 'vitest'
import { asFolder, temporaryFolder, twoBelowOneSwitch } from './sample-tree.ts'

const examples = join(import.meta.dirname, '../../../examples/captures')
const capture = (name: string): Promise<Topology> => loadMachine(join(examples, `qemu-fabric-epyc-${name}.tar.gz`))
const machine = await capture('iommu')

describe('the shape of a machine', () => {
  test('is another for each of the captures, and the same for the same', async () => {
    const names = ['iommu', 'noiommu', 'disable-acs-redir', 'iommu-unprivileged']
    const shapes = await Promise.all(names.map(async (name) => shapeHash(await capture(name))))
    expect(new Set(shapes).size).toBe(4)
    expect(shapeHash(await capture('iommu'))).toBe(shapes[0])
    expect(shapes[0]).toMatch(/^[0-9a-f]{16}$/)
  })

  test('does not hang on bus numbers, addresses, groups or drivers', () => {
    const other = (bdf: string): ReturnType<typeof parseBdf> => parseBdf(bdf.replace(/^0000:0(?=[1-9a-f]:)/, '0000:5'))
    const renamed = machine.mapFunctions((fn) => ({
      ...fn,
      bdf: other(fn.bdf) ?? fn.bdf,
      parent: fn.parent === null ? null : (other(fn.parent) ?? fn.parent),
      iommuGroup: 7,
      driver: 'other',
    }))
    expect(renamed.functions.some(({ bdf }) => bdf === '0000:53:00.0')).toBe(true)
    expect(shapeHash(renamed)).toBe(shapeHash(machine))
    expect(countAnswers(renamed)).toEqual(countAnswers(machine))
  })

  test('hangs on each thing that a verdict hangs on', () => {
    const bit = machine.mapFunctions((fn) => {
      const acs = readAcs(fn.config)
      if (fn.bdf !== '0000:02:00.0' || acs.kind !== 'present') return fn
      const config = new ConfigSpace(fn.config.bytes.slice())
      config.write(acs.offset + 6, 2, 0)
      return { ...fn, config }
    })
    const shorter = machine.with({ functions: machine.functions.filter(({ bdf }) => bdf !== '0000:03:00.0') })
    const shapes = [machine, bit, shorter, machine.with({ cpu: { ...machine.cpu, family: 6 } })].map(shapeHash)
    expect(new Set(shapes).size).toBe(4)
  })
})

test('P2P-24: a row counts what the report tells pair by pair', () => {
  const row = machineRow(machine, 'x', countAnswers(machine))
  const { pairs } = inspectTopology(machine)
  expect(row).toMatchObject({ functions: 37, hostBridges: 4, devices: 14, iommu: 'translated', shape: 'x' })
  expect(row.answers).toEqual({
    B: pairs.filter(({ mapType }) => mapType === 'bus-addr').length,
    H: pairs.filter(({ mapType }) => mapType === 'thru-host-bridge').length,
    e: 0,
    x: 0,
    '?': 0,
  })
})

describe('the captures of a folder', () => {
  test('are its files, and folders that hold a copy of /sys, in order; hidden ones are passed by', () => {
    const folder = temporaryFolder()
    mkdirSync(join(folder, 'b/c'), { recursive: true })
    for (const file of ['z.txt', 'a.tar', '.hidden', 'b/c/one']) writeFileSync(join(folder, file), 'x')
    expect(isFleet(folder)).toBe(true)
    expect(findCaptures([folder])).toEqual(['a.tar', 'b/c/one', 'z.txt'].map((file) => join(folder, file)))
    expect(findCaptures([join(folder, 'z.txt'), join(folder, 'b')])).toEqual([
      join(folder, 'z.txt'),
      join(folder, 'b/c/one'),
    ])
  })

  test('one machine is no fleet, two of them are', () => {
    const one = asFolder(twoBelowOneSwitch())
    expect([isFleet(one), findCaptures([one])]).toEqual([false, [one]])
    const two = asFolder({ ...twoBelowOneSwitch('left/sys/'), ...twoBelowOneSwitch('right/sys/') })
    expect(isFleet(two)).toBe(true)
    expect(findCaptures([two])).toEqual([join(two, 'left'), join(two, 'right')])
  })

  test('there are none in an empty folder, nor where nothing is', () => {
    expect(isFleet(temporaryFolder())).toBe(false)
    expect(isFleet('nothing/here')).toBe(false)
    expect(() => findCaptures(['nothing/here'])).toThrow('nothing/here')
  })
})
