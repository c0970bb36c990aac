import {
  AER_BITS,
  buildTopology,
  compose,
  drive,
  PCI_COMMAND,
  PCI_ERR_UNCOR_MASK,
  PCI_ERR_UNCOR_SEVER,
  readAer,
  type Topology,
  UsageError,
  writeAer,
} from '@barter/core'
import { sim, simulate } from '@barter/sim'
import { describe, expect, test } from 'vitest'
import { hazard, type HazardOptions } from '../src/index.ts'

const endpoint = (name: string) => ({ endpoint: name, bars: [{ index: 0, length: '64 KiB' as const }] })

/** Two devices below one switch, and one below a root port of its own; functions have AER. */
function machine(carries = true) {
  const { topology: built, names } = buildTopology({
    cpu: { vendor: 'AuthenticAMD', family: 0x17 },
    hostBridges: [
      {
        routesPeers: carries,
        devices: [
          {
            rootPort: 'root',
            below: [
              {
                switch: 'box',
                ports: ['disk', 'card'].map((name) => ({ port: `over ${name}`, below: [endpoint(name)] })),
              },
            ],
          },
          { rootPort: 'other', below: [endpoint('far')] },
        ],
      },
    ],
  })
  const topology: Topology = built.mapFunctions((fn) => {
    const config = fn.config.copy()
    writeAer(config, config.read32(0x100) === 0 ? 0x100 : 0x180)
    return { ...fn, config }
  })
  return { topology, at: (name: string) => names.get(name) ?? expect.fail(name) }
}

type Word = 'mask' | 'fatal'

/** Refuse a read of the disk by the card, with these settings of the port that refuses it. */
function refused(words: readonly Word[], options: HazardOptions = {}) {
  const { topology, at } = machine()
  const system = compose({ topology, plugins: [sim(), hazard(options)] })
  const { hardware, devices, trace } = simulate(system, new Map(), { seed: 1 }, {})
  const port = devices.get(at('over disk'))
  const aer = readAer(port.fn.config) ?? expect.fail()
  const bit = AER_BITS['unsupported-request']
  port.config.write(aer.offset + PCI_ERR_UNCOR_MASK, 4, words.includes('mask') ? bit : 0)
  port.config.write(aer.offset + PCI_ERR_UNCOR_SEVER, 4, words.includes('fatal') ? bit : 0)
  const disk = devices.get(at('disk'))
  disk.config.write(PCI_COMMAND, 2, 0)
  drive(
    hardware.dma({
      from: devices.get(at('card')),
      access: 'read',
      at: disk.fn.bars[0]?.bus ?? expect.fail(),
      length: 4,
    }),
  )
  const told = trace.events.flatMap((event) => {
    if (event.kind !== 'log' && event.kind !== 'note') return []
    const text = event.kind === 'log' ? event.message : event.text
    return [`${event.rule ?? ''} ${/masked|non-fatal|fatal|error_detected/.exec(text)?.[0] ?? ''}`]
  })
  return { told, dark: hardware.whyDark(disk.bdf), below: hardware.whyDark(at('card')), port: at('over disk') }
}

describe('HAZ-3: masks and severities', () => {
  test('HAZ-3: an error is told as non-fatal or fatal, as its severity bit says; masked it is told to nobody', () => {
    expect(refused([]).told).toEqual(['HAZ-3 non-fatal', 'TRG-17 error_detected'])
    expect(refused(['fatal']).told).toEqual(['HAZ-3 fatal', 'TRG-17 error_detected'])
    expect(refused(['mask']).told).toEqual(['HAZ-3 masked'])
    expect(refused(['mask', 'fatal']).told).toEqual(['HAZ-3 masked'])
  })
})

describe('HAZ-3: containment', () => {
  const { at } = machine()
  const off = 'memory decoding is off'

  test('HAZ-3: a port contains a fatal error by taking its link down, and what is below it is reset', () => {
    const contained = refused(['fatal'], { containment: [at('over disk')] })
    expect(contained.dark).toBe(`${contained.port} contains an error: its link is down`)
    expect(contained.below).toBeUndefined()
    expect(refused(['fatal']).dark).toBe(off)
  })

  test('HAZ-3: the nearest port above does, for all below it; an error that is not fatal, or masked, stops nobody', () => {
    expect(refused(['fatal'], { containment: [at('root')] }).below).toMatch(/contains an error/)
    expect(refused(['fatal'], { containment: [at('other')] }).dark).toBe(off)
    expect(refused([], { containment: [at('over disk')] }).dark).toBe(off)
    expect(refused(['mask', 'fatal'], { containment: [at('over disk')] }).dark).toBe(off)
  })
})

describe('HAZ-8: a root complex that does not carry requests between devices', () => {
  function sent(access: 'read' | 'write', options: HazardOptions) {
    const { topology, at } = machine(false)
    const system = compose({ topology, plugins: [sim(), hazard(options)] })
    const { hardware, devices, scheduler, violations } = simulate(system, new Map(), { seed: 1 }, {})
    const disk = devices.get(at('disk'))
    const request = { from: devices.get(at('far')), access, at: disk.fn.bars[0]?.bus ?? expect.fail(), length: 4 }
    let ended: { arrived: boolean; data: string } | undefined
    scheduler.spawn('far', 'user', function* () {
      const { arrived, data } = yield* hardware.dma(request)
      ended = { arrived, data: data === undefined ? '' : String([...data]) }
    })
    scheduler.run()
    return {
      ended,
      ticks: scheduler.now,
      down: violations().some(({ message }) => message.startsWith('machine check')),
    }
  }

  test('HAZ-8: refuses a request, or drops it, so that a reader waits in vain', () => {
    const ones = { arrived: false, data: '255,255,255,255' }
    const refusal = sent('read', {})
    expect(refusal).toMatchObject({ ended: ones, down: false })
    const dropped = sent('read', { uncarried: 'dropped', completionTimeout: 5000 })
    expect(dropped.ended).toEqual(ones)
    expect([refusal.ticks < 100, dropped.ticks >= 5000]).toEqual([true, true])
    expect(sent('write', { uncarried: 'dropped' })).toMatchObject({ ended: { arrived: false }, down: false })
  })

  test('HAZ-8: corrupts it, and nobody is told', () => {
    const corrupted = { ended: { arrived: true, data: '90,90,90,90' }, down: false }
    expect(sent('read', { uncarried: 'corrupted' })).toMatchObject(corrupted)
    expect(sent('write', { uncarried: 'corrupted' })).toMatchObject({ ended: { arrived: true }, down: false })
  })

  test('HAZ-8: hangs, and the machine with it', () => {
    expect(sent('write', { uncarried: 'hang' })).toMatchObject({ ended: undefined, down: true })
  })
})

test.each([
  [{ uncarried: 'lost' }, 'HAZARD_UNCARRIED'],
  [{ containment: ['port'] }, 'HAZARD_PORT'],
])('%j is refused with %s', (options, code) => {
  const made = () => hazard(options as HazardOptions)
  expect(made).toThrow(UsageError)
  expect(made).toThrow(expect.objectContaining({ code }))
})
