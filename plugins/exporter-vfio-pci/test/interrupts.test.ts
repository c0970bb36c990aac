import { PCI_COMMAND } from '@barter/core'
import { describe, expect, test } from 'vitest'
import { house, refusal } from './house.ts'
import { attached } from './probe.ts'

const OFF = 0x104
const MEMORY_BIT = 0x2

describe('VFIO-22: interrupt vectors are written into a BAR', () => {
  const commands = (machine: ReturnType<typeof house>) =>
    machine
      .events()
      .flatMap((event) =>
        event.kind === 'config-write' && event.offset === PCI_COMMAND && event.device === 'nvme'
          ? [event.value & MEMORY_BIT]
          : [],
      )

  test('VFIO-22: decoding is on for as long, and what is revoked stays so', () => {
    const machine = house()
    const file = machine.open()
    const buffer = file.export()
    const importer = attached(machine, 'nic', buffer)
    file.command(OFF)
    const before = commands(machine).length
    file.control('armInterrupts', { vectors: 2 })
    expect(commands(machine).slice(before)).toEqual([MEMORY_BIT, 0])
    expect(refusal(() => importer.map())).toBe('ENODEV VFIO-24b')
    expect(refusal(() => file.control('pread', { region: 0 }))).toBe('EIO MM-7')
    expect(machine.violations()).toEqual([])
  })

  test('VFIO-22: with memory on nothing changes; no more vectors than the table has', () => {
    const machine = house()
    const file = machine.open()
    const before = commands(machine).length
    file.control('armInterrupts', { vectors: 8 })
    expect(commands(machine).length).toBe(before)
    expect(refusal(() => file.control('armInterrupts', { vectors: 9 }))).toBe('EINVAL VFIO-22')
  })

  test('VFIO-22: under memory_lock, so nobody who reads meanwhile finds memory on', () => {
    const machine = house()
    const { file } = machine.open()
    machine.call(() => file.control('configWrite', { register: 'command', value: OFF }))
    const calls = [
      machine.start('vmm', () => file.control('armInterrupts', { vectors: 8 })),
      ...Array.from({ length: 4 }, (_, i) => machine.start(`reader${i}`, () => file.control('pread', { region: 0 }))),
    ]
    machine.settle()
    expect(calls.slice(1).map(({ error }) => (error as { errno?: string }).errno)).toEqual(Array(4).fill('EIO'))
    expect(calls[0]?.error).toBeUndefined()
  })
})

test('P2P-9: what goes wrong with the P2P state fails the probe; BARs that cannot be lent do not', () => {
  const poor = house({ bound: false, fault: ({ point, usual }) => (point === 'p2p:init' ? usual : undefined) })
  expect(refusal(() => poor.bind('nvme'))).toBe('ENOMEM P2P-3')
  const closed = house({ bound: false, exporter: { nonMappableBars: true } })
  expect(refusal(() => closed.bind('nvme'))).toBe('ok')
})
