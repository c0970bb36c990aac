/** Section 7 of the behaviour: what each kernel did, of which only the newest does all of it. */
import { type DmaBuf, type Generation, GENERATION_RULES, physAddr, splitEntries, WHOLE_PAGES } from '@barter/core'
import { describe, expect, test } from 'vitest'
import { house, type HouseOptions, type OpenFile, range, refusal } from './house.ts'
import { attached, type ProbeOptions } from './probe.ts'

const OFF = 0x101
const ON = 0x103
const GENERATIONS: readonly Generation[] = ['G1', 'G1p', 'G2r', 'G2']
const UNTIL_7_1: readonly Generation[] = ['G1', 'G1p']
const FROM_7_1: readonly Generation[] = ['G2r', 'G2']

const lent = (generation: Generation, options: HouseOptions = {}) => {
  const machine = house({ ...options, facts: { generation } })
  const file: OpenFile = machine.open()
  return { machine, file, buffer: file.export() }
}

type Machine = ReturnType<typeof house>

const stepsOf = (machine: Machine, protocol: string): string[] =>
  machine
    .protocol()
    .filter((text) => text.startsWith(`${protocol}: `))
    .map((text) => text.slice(protocol.length + 2))

/** What a thread waits for in the end. */
const waitOf = (machine: Machine, task: string) =>
  machine.events().findLast((event) => event.kind === 'blocked' && event.task === task)

const invariants = (machine: Machine): string[] => [...new Set(machine.violations().map(({ invariant }) => invariant))]

describe.each(GENERATIONS)('%s', (generation) => {
  test('GEN-1, GEN-8: one importer that can map again works, through a revoke and back; a static one is refused', () => {
    const { machine, file, buffer } = lent(generation)
    const probe = attached(machine, 'nic', buffer)
    probe.write(probe.map())
    file.command(OFF)
    expect(probe.mapped).toBe(false)
    expect(refusal(() => probe.map())).toBe('ENODEV VFIO-24b')
    file.command(ON)
    probe.write(probe.map())
    expect(refusal(() => attached(machine, 'nic', buffer, { isStatic: true }))).toBe('EOPNOTSUPP VFIO-25')
    expect(machine.violations()).toEqual([])
  })

  test('GEN-2, GEN-3: a dynamic importer without a callback is refused, by dma-buf or by the exporter', () => {
    const { machine, file, buffer } = lent(generation)
    const attach = (options: ProbeOptions) => refusal(() => attached(machine, 'nic', buffer, options))
    const early = UNTIL_7_1.includes(generation)
    expect(attach({ manner: 'none' })).toBe(early ? 'EINVAL DMB-8' : 'EOPNOTSUPP VFIO-25')
    expect(attach({ peer2peer: false })).toBe('EOPNOTSUPP VFIO-25')
    file.command(OFF)
    expect(attach({})).toBe('ENODEV VFIO-25')
  })

  test('GEN-4: pinning is refused by the pin fix alone', () => {
    const { machine, buffer } = lent(generation)
    const probe = attached(machine, 'nic', buffer)
    const pin = () => machine.call(() => probe.locked(() => probe.attachment.pin()))
    expect(refusal(pin)).toBe(generation === 'G1p' ? 'EOPNOTSUPP GEN-4' : 'ok')
  })

  test('GEN-9, GEN-10: the steps of a revoke and of its way back', () => {
    const { machine, file } = lent(generation)
    file.command(OFF)
    file.command(ON)
    const told = ['lockResv', 'setFlag', 'invalidate']
    const drained = [...told, 'waitFences', 'unlockResv', 'dropOwn', 'waitUnmapped']
    const first = { revoke: [...told, 'unlockResv'], unrevoke: ['lockResv', 'clearFlag', 'invalidate', 'unlockResv'] }
    const waited = ['lockResv', 'invalidate', 'waitFences', 'unlockResv']
    const back = ['lockResv', 'clearFlag', 'unlockResv']
    const expected = {
      G1: first,
      G1p: first,
      G2r: { revoke: drained, unrevoke: [...waited, 'rearm', ...back] },
      G2: { revoke: [...drained, 'rearm'], unrevoke: [...waited, ...back] },
    }
    const seen = { revoke: stepsOf(machine, 'revoke'), unrevoke: stepsOf(machine, 'un-revoke') }
    expect(seen).toEqual(expected[generation])
  })

  test('GEN-9, GEN-11, GEN-12, BUG-2: a revoke returns at once and leaves a mapping, or waits for its end', () => {
    const { machine, file, buffer } = lent(generation)
    const probe = attached(machine, 'nic', buffer, { manner: 'worker' })
    const table = probe.map()
    const off = machine.start('off', function* () {
      yield* file.file.control('configWrite', { register: 'command', value: OFF })
      const { mapped } = probe
      if (mapped) yield* probe.writeOp(table)
      return mapped
    })
    machine.settle()
    const early = UNTIL_7_1.includes(generation)
    expect([off.done, off.value]).toEqual([true, early])
    // Memory is off by then, so the packet does not even get through.
    expect(invariants(machine)).toEqual(early ? ['INV-14'] : [])
    expect(probe.mapped).toBe(false)
  })

  test('GEN-11, BUG-4: an importer that never unmaps is waited for where mappings are counted, else it goes on', () => {
    const { machine, file, buffer } = lent(generation)
    const probe = attached(machine, 'nic', buffer, { manner: 'manual' })
    const table = probe.map()
    const reset = machine.start('reset', () => file.file.control('reset', {}))
    machine.settle()
    const early = UNTIL_7_1.includes(generation)
    expect(reset.done).toBe(early)
    if (!early) return
    probe.write(table)
    expect(invariants(machine)).toEqual(['INV-1'])
  })

  test('GEN-13: the last close revokes by itself, or lets the revoke do it', () => {
    const { machine, file, buffer } = lent(generation)
    const probe = attached(machine, 'nic', buffer)
    probe.map()
    file.close()
    const inline = ['lockResv', 'setFlag', 'unlist', 'forgetDevice', 'invalidate']
    const first = [...inline, 'unlockResv', 'declareRevoked', 'dropRegistration']
    expect(stepsOf(machine, 'cleanup')).toEqual(
      {
        G1: first,
        G1p: first,
        G2r: [...inline, 'waitFences', 'unlockResv', 'dropOwn', 'waitUnmapped', 'declareRevoked', 'dropRegistration'],
        G2: ['unlist', 'forgetDevice', 'dropRegistration'],
      }[generation],
    )
    expect(probe.mapped).toBe(false)
    expect(refusal(() => probe.map())).toBe('ENODEV VFIO-24c')
    probe.detach()
    end(machine, buffer)
  })

  test('GEN-13, BUG-1: in 7.1 as merged a close after a revoke counts down twice, and hangs for ever', () => {
    const { machine, file, buffer } = lent(generation)
    file.command(OFF)
    const close = machine.start('close', () => file.file.close())
    machine.settle()
    const warned = machine.events().filter((event) => event.kind === 'log' && event.rule === 'BUG-1')
    if (generation === 'G2r') {
      expect([close.done, close.error, warned.length]).toEqual([false, undefined, 1])
      expect(waitOf(machine, 'close')).toMatchObject({ on: `unmapped(${buffer.name})`, why: 'unmap' })
      // With the memory lock of the device held, so everybody else who needs it hangs too.
      const touch = machine.start('touch', () => file.file.control('configWrite', { register: 'command', value: ON }))
      machine.settle()
      expect(touch.done).toBe(false)
      expect(waitOf(machine, 'touch')).toMatchObject({ on: 'memory_lock(nvme)', holder: 'close' })
      return
    }
    expect([close.done, close.error, warned.length]).toEqual([true, undefined, 0])
    end(machine, buffer)
  })

  test('GEN-14, BUG-5: importers hear of the close before the device is reset, or after', () => {
    const { machine, file, buffer } = lent(generation)
    const probe = attached(machine, 'nic', buffer)
    probe.map()
    const before = machine.now()
    file.close()
    const told = machine.events().find((event) => event.kind === 'invalidate')
    // A reset takes 100 ms at least.
    expect((told?.tick ?? expect.fail('nobody was told')) - before >= 100_000).toBe(UNTIL_7_1.includes(generation))
  })

  test('GEN-15, BUG-7: a BAR that somebody else owns', () => {
    let owned = true
    const asked: string[] = []
    const machine = house({
      facts: { generation },
      fault: ({ point }) => {
        if (point !== 'vfio:claim') return undefined
        asked.push(point)
        return owned ? 'EBUSY' : undefined
      },
    })
    const file = machine.open()
    expect(asked.length > 0).toBe(generation === 'G2')
    const lend = () => refusal(() => file.export())
    const early = UNTIL_7_1.includes(generation)
    expect(lend()).toBe(early ? 'ok' : 'ENODEV VFIO-7b')
    owned = false
    // Asked again, or remembered from the open.
    expect(lend()).toBe(generation === 'G2' ? 'ENODEV VFIO-7b' : 'ok')
  })

  test('GEN-17, BUG-15: a hot reset takes a device of the set along that nobody has open; only what is open comes back', () => {
    const second = { endpoint: 'fn1', bars: [{ index: 0, length: '16 KiB' }] }
    const machine = house({ facts: { generation }, exporter: { functions: [second] } })
    machine.bind('fn1')
    const file = machine.open()
    const buffer = file.export()
    const probe = attached(machine, 'nic', buffer)
    probe.map()
    file.control('hotReset', { groups: ['nvme', 'fn1'] })
    const back = machine
      .events()
      .flatMap((event) => (event.kind === 'protocol' && event.protocol === 'un-revoke' ? [event.subject] : []))
    expect([...new Set(back)]).toEqual([buffer.name])
    const ends = machine
      .events()
      .flatMap((event) =>
        event.kind === 'protocol' && event.protocol === 'hot reset ends' && event.name === 'unrevokeIfBack'
          ? [event.subject]
          : [],
      )
    expect(ends.sort()).toEqual(['fn1', 'nvme'])
    probe.write(probe.map())
    expect(machine.violations()).toEqual([])
  })
})

/** Nobody uses the buffer any more: do the counts agree? */
function end(machine: Machine, buffer: DmaBuf): void {
  machine.call(function* () {
    yield* machine.sleep(0)
    buffer.put()
  })
  machine.atEnd()
  expect(machine.violations()).toEqual([])
}

describe('GEN-16, BUG-11: the first kernel cut long ranges wrongly', () => {
  const GiB = 2 ** 30
  const start = physAddr(0x10_0000_0000)
  const cut = (generation: Generation, length: number) =>
    splitEntries([{ address: start, length }], 4096, GENERATION_RULES[generation].sgChunk).map(
      ({ address, length: size }) => [address - start, size],
    )

  test('GEN-16: pieces are not page multiples, and the third begins where the second does', () => {
    expect(cut('G1', 8 * GiB)).toEqual([
      [0, 0xffff_ffff],
      [0xffff_ffff, 0xffff_ffff],
      [0xffff_fffe, 2],
    ])
  })

  test('GEN-16: since the fix they are, and sums do not wrap', () => {
    expect(['G1p', ...FROM_7_1].map((one) => GENERATION_RULES[one as Generation].sgChunk)).toEqual([
      WHOLE_PAGES,
      WHOLE_PAGES,
      WHOLE_PAGES,
    ])
    expect(cut('G1p', 8 * GiB)).toEqual([
      [0, 0xffff_f000],
      [0xffff_f000, 0xffff_f000],
      [0x1_ffff_e000, 0x2000],
    ])
  })

  test('GEN-16: a long range reaches an importer as it was cut', () => {
    const bars = [{ index: 2, length: '8 GiB', kind: 'mem64pref' }] as const
    const lengths = (generation: Generation) => {
      const machine = house({ facts: { generation }, exporter: { bars, msix: undefined as never } })
      const buffer = machine.open().export({ ranges: [range(0, 8 * GiB)] })
      return attached(machine, 'nic', buffer)
        .map()
        .entries.map(({ length }) => length)
    }
    expect([lengths('G1'), lengths('G2')]).toEqual([
      [0xffff_ffff, 0xffff_ffff, 2],
      [0xffff_f000, 0xffff_f000, 0x2000],
    ])
  })
})
