import type { Errno } from '@barter/core'
import { describe, expect, test } from 'vitest'
import { house, refusal } from './house.ts'
import { attached } from './probe.ts'
import { step, tell } from './scenario.ts'

const CDEV = { cdev: true }
const WITH_IOMMU = { facts: { iommu: { mode: 'translated', strict: false } } } as const
const PARAMETER = 'enable_unsafe_noiommu_mode'

describe('the character device', () => {
  test('VFIO-1: before it is bound to an iommufd everything is EINVAL, then everything works', () => {
    const machine = house()
    const file = machine.open('nvme', CDEV)
    const calls = [
      () => file.export(),
      () => file.control('configRead', { register: 'command' }),
      () => file.control('reset'),
      () => file.control('dance'),
      () => machine.call(() => file.file.mmap?.({ region: 0, offset: 0, length: 0x1000 }) ?? expect.fail()),
    ]
    expect(calls.map(refusal)).toEqual(calls.map(() => 'EINVAL VFIO-1'))
    expect(file.control('bindIommufd')).toEqual({ resetSupported: true, command: 0x103 })
    expect(refusal(() => file.export())).toBe('ok')
    file.close()
    machine.atEnd()
    expect(machine.violations()).toEqual([])
  })

  test('VFIO-1: a device is bound once, and is open through one door at a time', () => {
    const machine = house()
    const file = machine.open('nvme', CDEV)
    const second = machine.open('nvme', CDEV)
    file.control('bindIommufd')
    expect(refusal(() => file.control('bindIommufd'))).toBe('EINVAL VFIO-1')
    expect(refusal(() => second.control('bindIommufd'))).toBe('EINVAL VFIO-1')
    expect(refusal(() => machine.open('nvme'))).toBe('EBUSY VFIO-1')
    file.close()
    const group = machine.open('nvme')
    expect(refusal(() => second.control('bindIommufd'))).toBe('EBUSY VFIO-1')
    group.close()
    second.control('bindIommufd')
    second.close()
    machine.atEnd()
    expect(machine.violations()).toEqual([])
  })

  test('VFIO-17: a file that was never bound holds the driver all the same', () => {
    const machine = house()
    const file = machine.open('nvme', CDEV)
    const unbind = machine.unbind('nvme')
    machine.settle()
    expect(unbind.done).toBe(false)
    file.close()
    expect(unbind.done).toBe(true)
  })

  test('TRG-10: bound to an iommufd a hot reset takes no groups, and owns what is bound to the same', () => {
    const machine = house()
    const file = machine.open('nvme', CDEV)
    file.control('bindIommufd', { iommufd: 'mine' })
    const buffer = file.export()
    const probe = attached(machine, 'nic', buffer)
    probe.map()
    expect(refusal(() => file.control('hotReset', { groups: ['nvme'] }))).toBe('EINVAL TRG-10')
    expect(refusal(() => file.control('hotReset', { groups: [] }))).toBe('ok')
    expect(probe.events).toEqual(['mapped', 'invalidate-mapped', 'unmapped', 'invalidate-unmapped'])
  })
})

describe('without an IOMMU', () => {
  test('VFIO-63: the driver takes the device only while the parameter is on', () => {
    const off = house({ noiommu: false, bound: false })
    expect(refusal(() => off.bind('nvme'))).toBe('EINVAL VFIO-63')
    off.driver.setParameter?.(PARAMETER, true)
    expect(refusal(() => off.bind('nvme'))).toBe('ok')
    expect(off.events().some((event) => event.kind === 'log' && event.code === 'noiommu-taint')).toBe(true)
    expect(refusal(() => off.driver.setParameter?.('other', true))).toBe('ENOENT VFIO-63')
    // With an IOMMU nobody looks at it.
    expect(refusal(() => house({ noiommu: false, ...WITH_IOMMU }))).toBe('ok')
  })

  test('VFIO-63: off again, no container takes the device; the character device of a bound one still works', () => {
    const machine = house()
    machine.driver.setParameter?.(PARAMETER, false)
    expect(refusal(() => machine.open('nvme'))).toBe('ENODEV VFIO-63')
    const file = machine.open('nvme', CDEV)
    file.control('bindIommufd')
    expect(refusal(() => attached(machine, 'nic', file.export()).map())).toBe('ok')
  })

  test.each<[string, boolean, boolean, Errno | 'ok']>([
    ['the group', false, false, 'EPERM'],
    ['the character device', false, true, 'EPERM'],
    ['the group, with an IOMMU', true, false, 'ok'],
    ['the character device, with an IOMMU', true, true, 'ok'],
  ])('VFIO-63: without CAP_SYS_RAWIO: %s', (_name, iommu, cdev, wanted) => {
    const machine = house(iommu ? WITH_IOMMU : {})
    expect(refusal(() => machine.open('nvme', { cdev, rawio: false })).split(' ')[0]).toBe(wanted)
  })

  test('VFIO-63: a container of the wrong kind is ENODEV', () => {
    const machine = house()
    expect(refusal(() => machine.open('nvme', { containerKind: 'type1' }))).toBe('ENODEV VFIO-63')
    expect(refusal(() => machine.open('nvme', { containerKind: 'noiommu' }))).toBe('ok')
    const other = house(WITH_IOMMU)
    expect(refusal(() => other.open('nvme', { containerKind: 'noiommu' }))).toBe('ENODEV VFIO-63')
  })

  test('VFIO-63: a scenario changes the parameter and opens by either door', () => {
    const told = tell({
      root: [
        step('parameter', 'nvme', { name: PARAMETER, value: false }),
        step('open', 'nvme'),
        step('open', 'nvme', { cdev: true }, 'cdev'),
        step('export', 'cdev', { bar: 0 }),
        step('bindIommufd', 'cdev'),
        step('export', 'cdev', { bar: 0 }),
      ],
      user: [step('open', 'nvme', { rawio: false })],
    })
    expect(told.results('root')).toEqual(['ok', 'ENODEV VFIO-63', 'ok', 'EINVAL VFIO-1', 'ok', 'ok'])
    expect(told.results('user')).toEqual(['EPERM VFIO-63'])
    expect(told.report.violations).toEqual([])
  })
})
