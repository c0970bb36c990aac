import {
  busAddr,
  type HazardAnswer,
  latchAer,
  readAer,
  type TopologySpec,
  type Trap,
  type UnansweredRequest,
  writeAer,
} from '@barter/core'
import { describe, expect, test } from 'vitest'
import { powerOn } from './machine.ts'
import { oneSwitch } from './topologies.ts'

/** Put a policy under a machine and let the card access the disk; gives what was asked, and what the sender waited for. */
function asked(access: 'read' | 'write', answer: HazardAnswer, at?: (bus: number) => number) {
  const spec: TopologySpec = oneSwitch()
  const machine = powerOn(spec, {
    change: (topology) =>
      topology.mapFunctions((fn) => {
        if (fn.pcie !== true || readAer(fn.config) !== null) return fn
        const config = fn.config.copy()
        writeAer(config, config.read32(0x100) === 0 ? 0x100 : 0x180)
        return { ...fn, config }
      }),
  })
  const requests: UnansweredRequest[] = []
  machine.hardware.useHazard({
    onUnanswered: (request) => {
      requests.push(request)
      return answer
    },
  })
  const bus = machine.bus('nvme')
  const traps: Trap[] = []
  const op = machine.hardware.dma({
    from: machine.device('nic'),
    access,
    at: busAddr(at?.(bus) ?? bus),
    length: 64,
  })
  for (let next = op.next(); next.done !== true; next = op.next()) traps.push(next.value)
  return { machine, requests, traps: traps.map((trap) => (trap.kind === 'sleep' ? trap.ticks : trap.kind)) }
}

const dropped = (ticks: number, errors: HazardAnswer['errors'] = []): HazardAnswer => ({
  kind: 'dropped',
  ticks,
  errors,
})

describe('HAZ-1: the platform is asked', () => {
  test('HAZ-1: not about what arrives', () => {
    const { requests, traps } = asked('write', dropped(500))
    expect([requests, traps]).toEqual([[], ['point']])
  })

  test('HAZ-1: about what nobody takes, after it was routed, and the sender waits as told', () => {
    const { requests, traps } = asked('read', dropped(500), () => 0xf000_0000)
    expect(requests).toEqual([
      expect.objectContaining({ access: 'read', at: 0xf000_0000, length: 64, landing: expect.anything() as unknown }),
    ])
    expect(traps).toEqual(['point', 500])
  })

  test('HAZ-2: the machine may go down; what runs goes on to its next yield', () => {
    const { traps } = asked('read', { kind: 'machine-check', ticks: 500, errors: [] }, () => 0xf000_0000)
    expect(traps).toEqual(['point', 'point'])
  })
})

describe('HAZ-3: the registers', () => {
  test('HAZ-3: a function notes what the policy says it saw; software did not write that', () => {
    const { machine } = asked('read', dropped(0), () => 0xf000_0000)
    const port = machine.at('nic')
    const before = machine.hardware.configRead(port, 0x104, 4)
    machine.hardware.useHazard({
      onUnanswered: () => dropped(0, [{ at: port, error: 'completion-timeout' }]),
    })
    machine.read('nic', 0xf000_0000, 4)
    const aer = readAer(machine.topology.get(port).config)
    const now = machine.hardware.configRead(port, (aer?.offset ?? 0) + 4, 4)
    const expected = machine.topology.get(port).config.copy()
    latchAer(expected, 'completion-timeout')
    expect([before, now]).toEqual([0, expected.read32((aer?.offset ?? 0) + 4)])
  })

  test('HAZ-3: one without the capability notes nothing', () => {
    const machine = powerOn(oneSwitch())
    machine.hardware.useHazard({
      onUnanswered: () => dropped(0, [{ at: machine.at('nic'), error: 'completion-timeout' }]),
    })
    const bytes = (): readonly number[] =>
      Array.from({ length: 1024 }, (_, i) => machine.hardware.configRead(machine.at('nic'), 4 * i, 4))
    const before = bytes()
    machine.read('nic', 0xf000_0000, 4)
    expect(bytes()).toEqual(before)
  })
})
