import type { DmaBuf } from '@barter/core'
import { describe, expect, test } from 'vitest'
import { house, type HouseOptions, range, refusal } from './house.ts'
import { attached } from './probe.ts'

const OFF = 0x101
const ON = 0x103

const lent = (options: HouseOptions = {}) => {
  const machine = house(options)
  const file = machine.open()
  return { machine, file, buffer: file.export() }
}

const states = (machine: ReturnType<typeof house>): string[] =>
  machine.events().flatMap((event) => (event.kind === 'state' ? [`${event.buffer} ${event.state}`] : []))

const put = (machine: ReturnType<typeof house>, buffer: DmaBuf) => {
  machine.call(function* () {
    buffer.put()
  })
}

describe('before anything is lent', () => {
  test('P2P-9: a device has P2P state as soon as the driver is bound, without being asked to', () => {
    const machine = house({ bound: false })
    const device = machine.device('nvme')
    expect(device.p2p).toBeUndefined()
    machine.bind('nvme')
    expect(device.p2p?.providers.map((provider) => provider?.owner === device)).toEqual([
      true,
      false,
      true,
      false,
      false,
      false,
    ])
  })

  test('P2P-9: one whose BARs nothing can map has none, and is bound, opened and reset all the same', () => {
    const machine = house({ exporter: { nonMappableBars: true } })
    expect(machine.device('nvme').p2p).toBeUndefined()
    const file = machine.open()
    expect(refusal(() => file.control('reset'))).toBe('ok')
    expect(refusal(() => file.export())).toBe('ENODEV VFIO-7b')
  })

  test('VFIO-10: with the last registration gone an export is ENODEV, and not before', () => {
    const { machine, file, buffer } = lent()
    put(machine, buffer)
    const unbind = machine.unbind('nvme')
    machine.settle()
    // Not yet: the file that is still open counts.
    expect([unbind.done, refusal(() => put(machine, file.export()))]).toEqual([false, 'ok'])
    file.close()
    expect([unbind.done, refusal(() => file.export())]).toEqual([true, 'ENODEV VFIO-10'])
  })
})

describe('a live buffer', () => {
  test('VFIO-24: it is attached to and mapped; an un-revoke does nothing to it, a revoke ends it', () => {
    const { machine, file, buffer } = lent()
    const probe = attached(machine, 'nic', buffer)
    probe.map()
    file.command(ON)
    expect([probe.events, states(machine)]).toEqual([['mapped'], []])
    probe.unmap()
    expect(probe.map().entries).toHaveLength(1)
    file.command(OFF)
    expect(states(machine)).toEqual([`${buffer.name} revoked`])
    expect([probe.mapped, refusal(() => probe.map())]).toEqual([false, 'ENODEV VFIO-24b'])
  })
})

describe('what a revoke leaves', () => {
  test('REV-4: when it has returned no mapping of any buffer is left, and none can be made', () => {
    const { machine, file, buffer } = lent()
    const second = file.export({ ranges: [range(0x4000, 4096)] })
    const probes = [buffer, second].flatMap((each) => [
      attached(machine, 'nic', each, { manner: 'inline', remap: true }),
      attached(machine, 'far', each, { manner: 'worker', remap: true }),
    ])
    for (const probe of probes) probe.map()
    const seen: boolean[] = []
    machine.call(function* () {
      yield* file.file.control('configWrite', { register: 'command', value: OFF })
      // Seen in the very thread that revoked, before anybody else goes on.
      seen.push(...probes.map((probe) => probe.mapped))
    })
    expect(seen).toEqual([false, false, false, false])
    expect(probes.map((probe) => refusal(() => probe.map()))).toEqual(probes.map(() => 'ENODEV VFIO-24b'))
    expect(machine.violations()).toEqual([])
  })

  test('DMB-18: while the revoke waits an importer may try to map, and is refused at once; its unmap is all that was missing', () => {
    const { machine, file, buffer } = lent()
    const probe = attached(machine, 'nic', buffer, { manner: 'manual' })
    probe.map()
    const reset = machine.start('reset', () => file.file.control('reset', {}))
    machine.settle()
    const told = machine.now()
    expect(refusal(() => probe.map())).toBe('ENODEV VFIO-24b')
    expect([reset.done, machine.now() - told < 100]).toEqual([false, true])
    probe.unmap()
    expect(reset.done).toBe(true)
  })

  test.each(['reset', 'close'] as const)(
    'HAZ-14: a fence that never signals stalls a %s, with the memory lock held',
    (act) => {
      const { machine, file, buffer } = lent()
      const probe = attached(machine, 'nic', buffer)
      const fence = machine.kernel.fence('never')
      machine.call(() =>
        probe.locked(function* () {
          buffer.resv.addFence(fence, 'read')
        }),
      )
      const stuck = machine.start(act, function* () {
        if (act === 'close') yield* file.file.close()
        else yield* file.file.control('reset', {})
      })
      machine.settle()
      const reader = machine.start('reader', () => file.file.control('configRead', { register: 'command' }))
      const writer = machine.start('writer', () => file.file.control('configWrite', { register: 'command', value: ON }))
      machine.settle()
      expect([stuck.done, stuck.error, probe.mapped, reader.done, writer.done]).toEqual([
        false,
        undefined,
        false,
        true,
        false,
      ])
      const waits = machine.events().flatMap((event) => (event.kind === 'blocked' ? [event.why] : []))
      expect(waits).toContain('fences')
      fence.signal()
      machine.settle()
      expect([stuck.done, stuck.error]).toEqual([true, undefined])
    },
  )

  test('VFIO-44, DMB-5: the last reference that the revoke itself drops does not release under the memory lock', () => {
    const { machine, file, buffer } = lent()
    const probe = attached(machine, 'nic', buffer, { manner: 'manual' })
    probe.map()
    const off = machine.start('off', () => file.file.control('configWrite', { register: 'command', value: OFF }))
    machine.settle()
    expect(off.done).toBe(false)
    put(machine, buffer)
    expect(buffer.references).toBe(2)
    probe.detach()
    expect([off.done, off.error, buffer.references]).toEqual([true, undefined, 0])
    const unlocked = machine.events().findLast((event) => event.kind === 'protocol' && event.name === 'unlockMemory')
    const released = machine.events().findLast((event) => event.kind === 'state')
    expect(released).toMatchObject({ state: 'released' })
    expect(released?.seq).toBeGreaterThan(unlocked?.seq ?? Infinity)
    expect(machine.violations()).toEqual([])
  })
})

describe('callbacks of importers', () => {
  test.each([
    ['reads the BAR through its file', 'pread', { region: 2, offset: 0, length: 4 }],
    ['resets the device', 'reset', {}],
  ] as const)(
    'VFIO-43: one that %s is a fault, since its thread holds the memory lock for the revoke',
    (_what, word, args) => {
      const { machine, file, buffer } = lent()
      let returned = false
      machine.call(() =>
        buffer.attach(machine.device('nic'), {
          peer2peer: true,
          *invalidate() {
            yield* file.file.control(word, args)
            returned = true
          },
        }),
      )
      const off = machine.start('off', () => file.file.control('configWrite', { register: 'command', value: OFF }))
      machine.settle()
      expect(returned).toBe(false)
      expect(off.error).toMatchObject({ rule: 'INV-12' })
      expect(String(off.error)).toContain('takes memory_lock(nvme), which it holds already')
    },
  )
})
