import { KernelError, type Op } from '@barter/core'
import { describe, expect, test } from 'vitest'
import {
  clearFlag,
  invalidate,
  lockResv,
  REVOKE,
  setFlag,
  UNREVOKE,
  unlockResv,
  type VfioPciOptions,
} from '../src/index.ts'
import { house } from './house.ts'
import { attached, type Manner, type Probe } from './probe.ts'

const SCHEDULES = 60

/** One that maps and writes over and over, whatever it is refused. */
function* busy(probe: Probe, rounds: number): Op<void> {
  for (let i = 0; i < rounds; i++) {
    try {
      yield* probe.mapOp()
    } catch (error) {
      if (!(error instanceof KernelError) || error.errno !== 'ENODEV') throw error
    }
    // Writing under the reservation, it uses a table only while nobody can take it away.
    yield* probe.locked(function* () {
      const { table } = probe.attachment
      if (table !== null) yield* probe.writeOp(table)
    })
    yield* probe.unmapOp()
  }
}

interface Race extends VfioPciOptions {
  readonly manner: Manner
  readonly triggers: readonly { readonly word: string; readonly args: Record<string, string | number> }[]
}

/** Threads that export, use and close while triggers come, under one schedule each. */
function race(seed: number, { manner, triggers, ...options }: Race) {
  const machine = house({ ...options, seed })
  const file = machine.open()
  const near = attached(machine, 'nic', file.export(), { manner })
  const far = attached(machine, 'far', file.export(), { manner })
  const calls = [
    machine.start('nic', () => busy(near, 4)),
    machine.start('far', () => busy(far, 4)),
    machine.start('vmm', function* () {
      for (const { word, args } of triggers) yield* file.file.control(word, args)
      yield* file.file.close()
    }),
    machine.start('lender', function* () {
      for (let i = 0; i < 3; i++) (yield* file.file.export({ bar: 0, ranges: [{ offset: 0n, length: 4096n }] })).put()
    }),
  ]
  machine.settle()
  return { machine, calls }
}

const memory = (value: number) => ({ word: 'configWrite', args: { register: 'command', value } })
const power = (value: number) => ({ word: 'configWrite', args: { register: 'pmcsr', value } })
const reset = { word: 'reset', args: {} }

describe('importers that go on while triggers come', () => {
  test.each<{ triggers: Race['triggers']; name: string }>([
    { name: 'the memory bit', triggers: [memory(0x101), memory(0x103), memory(0x101), memory(0x103)] },
    { name: 'resets', triggers: [reset, { word: 'configWrite', args: { register: 'devctl', or: 0x8000 } }] },
    { name: 'D3hot', triggers: [power(3), power(0), power(3), reset] },
    {
      name: 'low power',
      triggers: [
        { word: 'lowPower', args: { action: 'entry' } },
        { word: 'lowPower', args: { action: 'exit' } },
      ],
    },
  ])(`INV-1, INV-6, INV-11: $name, ${SCHEDULES} schedules: nobody is wrong, everybody ends`, ({ triggers }) => {
    for (const manner of ['inline', 'worker'] as const) {
      for (let seed = 1; seed <= SCHEDULES / 2; seed++) {
        const { machine, calls } = race(seed, { manner, triggers })
        const found = machine.violations().map(({ invariant, message }) => `${invariant}: ${message}`)
        expect({ seed, manner, found }).toEqual({ seed, manner, found: [] })
        expect(calls.map(({ done, error }) => [done, error])).toEqual(calls.map(() => [true, undefined]))
      }
    }
  })

  test('TRG-15, INV-23: an unbind ends whenever the close comes, with buffers left over', () => {
    for (let seed = 1; seed <= SCHEDULES; seed++) {
      const machine = house({ seed })
      const file = machine.open()
      const probe = attached(machine, 'nic', file.export())
      const unbind = machine.unbind('nvme')
      machine.start('nic', () => busy(probe, 3))
      const close = machine.start('vmm', () => file.file.close())
      machine.settle()
      expect([seed, unbind.done, close.done, machine.violations()]).toEqual([seed, true, true, []])
    }
  })
})

describe('lists with a step moved or dropped', () => {
  const revokeWithRemap = (options: VfioPciOptions) => {
    const machine = house(options)
    const file = machine.open()
    const probe = attached(machine, 'nic', file.export(), { remap: true })
    probe.map()
    const reset = machine.start('reset', () => file.file.control('reset', {}))
    machine.settle()
    return { machine, reset, probe }
  }

  test('REV-3: with the flag after the callbacks an importer maps again from its own, and the trigger waits for ever', () => {
    const rest = REVOKE.filter((step) => ![lockResv, setFlag, invalidate].includes(step))
    const { reset, probe } = revokeWithRemap({ protocols: { revoke: [lockResv, invalidate, setFlag, ...rest] } })
    expect([reset.done, probe.mapped]).toEqual([false, true])
    expect(revokeWithRemap({}).reset.done).toBe(true)
  })

  test('INV-6: without the re-arm a second revoke drops its own count once too often', () => {
    const machine = house({ protocols: { revoke: REVOKE.filter((step) => step.name !== 'rearm') } })
    const file = machine.open()
    file.export()
    file.command(0x101)
    file.command(0x103)
    const off = machine.start('off', () => file.file.control('configWrite', { register: 'command', value: 0x101 }))
    machine.settle()
    expect(off.error).toMatchObject({ rule: 'INV-6' })
  })

  test('VFIO-23, INV-12: a flag written without the reservation is a fault of the driver', () => {
    const machine = house({ protocols: { revoke: [setFlag] } })
    const file = machine.open()
    file.export()
    const off = machine.start('off', () => file.file.control('configWrite', { register: 'command', value: 0x101 }))
    machine.settle()
    expect(off.error).toMatchObject({ rule: 'INV-12' })
  })

  test('REV-5: with the flag down first an importer maps and is told to let go again, which does no harm', () => {
    const early = UNREVOKE.filter((step) => step !== clearFlag)
    const unrevoke = [lockResv, clearFlag, unlockResv, ...early]
    const { machine, reset } = revokeWithRemap({ protocols: { unrevoke } })
    expect([reset.done, machine.violations()]).toEqual([true, []])
  })
})
