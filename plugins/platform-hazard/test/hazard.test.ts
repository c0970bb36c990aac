import {
  AER_BITS,
  type Bdf,
  buildTopology,
  compose,
  drive,
  type Expectation,
  hasBits,
  PCI_COMMAND,
  PCI_ERR_UNCOR_STATUS,
  PCI_EXP_DEVCTL,
  PCI_EXP_DEVCTL_BCR_FLR,
  parseBdf,
  readAer,
  readPcie,
  type Report,
  type Scenario,
  type Step,
  type StepValue,
  type Topology,
  UsageError,
  writeAer,
} from '@barter/core'
import { runScenario, sim, simulate } from '@barter/sim'
import { describe, expect, test } from 'vitest'
import { hazard, type HazardOptions, type PlatformManner } from '../src/index.ts'
import { toucher } from './toucher.ts'

function machine(aer = true): { topology: Topology; at: (name: string) => Bdf } {
  const endpoint = (name: string) => ({ endpoint: name, bars: [{ index: 0, length: '64 KiB' }] })
  const { topology, names } = buildTopology({
    cpu: { vendor: 'AuthenticAMD', family: 0x17 },
    hostBridges: [
      {
        id: '1022:1450',
        devices: [
          {
            rootPort: 'root',
            below: [{ switch: 'switch', ports: ['disk', 'card'].map((name) => ({ below: [endpoint(name)] })) }],
          },
        ],
      },
    ],
  })
  return {
    topology: aer
      ? topology.mapFunctions((fn) => {
          if (fn.pcie !== true) return fn
          const config = fn.config.copy()
          // The list of extended capabilities begins at 0x100; some functions have ACS there.
          writeAer(config, config.read32(0x100) === 0 ? 0x100 : 0x180)
          return { ...fn, config }
        })
      : topology,
    at: (name) => names.get(name) ?? expect.fail(name),
  }
}

const { at } = machine()
const DISK = at('disk')
const CARD = at('card')
const ROOT = at('root')
/** The port of the switch that leads to the disk. */
const PORT = parseBdf('0000:02:00.0') ?? expect.fail()
/** In the middle of a reset: hardware answers again after 60 ms, the kernel waits for 100. */
const MIDDLE = 20_000

const step = (verb: string, target: string, args: Readonly<Record<string, StepValue>> = {}): Step => ({
  verb,
  target,
  args,
})

interface Story {
  readonly hazard?: HazardOptions | PlatformManner | null
  readonly aer?: boolean
  /** Before the touch: a reset that is under way, or decoding that is off. */
  readonly dark?: 'reset' | 'decode-off' | 'none'
  readonly touch: Step
  /** **Units** ticks. */
  readonly after?: number
  readonly expect?: readonly Expectation[]
}

function tell({
  hazard: options = 'good',
  aer = true,
  dark = 'reset',
  after = MIDDLE,
  touch,
  expect: wanted = [],
}: Story): Report {
  const { topology } = machine(aer)
  const plugins = [sim(), toucher(), ...(options === null ? [] : [hazard(options)])]
  const scenario: Scenario = {
    title: 'a test',
    devices: { disk: { at: DISK, driver: 'toucher' } },
    actors: [
      {
        name: 'vmm',
        process: 'one',
        steps: [
          { ...step('open', 'disk'), as: 'file' },
          ...(dark === 'reset' ? [step('reset', 'file')] : dark === 'decode-off' ? [step('decodeOff', 'file')] : []),
        ],
      },
      { name: 'guest', process: 'one', steps: [step('sleep', '', { ticks: after }), touch] },
    ],
    expect: wanted,
  }
  return runScenario(compose({ topology, plugins }), scenario, { seed: 1 })
}

const cpu = (write = false): Step => step('touch', 'file', { write })
const peer = (write = false): Step => step('touchBy', 'file', { write, by: CARD })

/** What the touch gave, how long it took, and what the trace says of it. */
function seen(report: Report) {
  const touched = report.outcomes.find((one) => one.text.startsWith('touch')) ?? expect.fail('no touch')
  const ticks = (touched.ended ?? Number.NaN) - (touched.started ?? Number.NaN)
  const lines = report.events.flatMap((event) => {
    if (event.kind === 'log') return [`${event.rule} ${event.message}`]
    return event.kind === 'note' ? [`${event.rule ?? ''} ${event.text}`] : []
  })
  const result = touched.result.kind === 'ok' ? touched.result.value : touched.result.kind
  return { result, slow: ticks > 1000, ticks, lines }
}

const violations = (report: Report): string[] => report.violations.map(({ invariant, rule }) => `${invariant} ${rule}`)

describe('HAZ-1: the CPU and a function in reset', () => {
  test('HAZ-1: good: a read gives all ones after a completion timeout, which the root port writes down', () => {
    const { result, ticks, lines } = seen(tell({ touch: cpu() }))
    expect(result).toBe('255 255 255 255')
    expect(ticks).toBeGreaterThanOrEqual(50_000)
    expect(lines).toEqual([
      expect.stringMatching(
        /^HAZ-3 AER: completion timeout \(non-fatal\) at 0000:00:01.0, a read of 4 bytes at 0x[0-9a-f]+ by cpu/,
      ),
      `TRG-17 error_detected of ${DISK}, ${CARD}: a vfio-pci device signals its user, and nothing is revoked`,
    ])
  })

  test('HAZ-1: the timeout is a parameter', () => {
    const { ticks } = seen(tell({ hazard: { completionTimeout: 60 }, touch: cpu() }))
    expect([ticks >= 60, ticks < 1000]).toEqual([true, true])
  })

  test('HAZ-1: good: a write is lost at once, and nobody notices', () => {
    const { result, slow, lines } = seen(tell({ touch: cpu(true) }))
    expect([result, slow]).toEqual(['stored', false])
    expect(lines).toEqual([expect.stringMatching(/^HAZ-1 nobody reports an error: a write/)])
  })

  test('HAZ-1: decoding off: refused at once, and the port above writes it down', () => {
    const { result, slow, lines } = seen(tell({ dark: 'decode-off', touch: cpu() }))
    expect([result, slow]).toEqual(['255 255 255 255', false])
    expect(lines[0]).toMatch(new RegExp(`^HAZ-3 AER: unsupported request \\(non-fatal\\) at ${PORT}`))
    expect(lines[1]).toBe(
      `TRG-17 error_detected of ${DISK}: a vfio-pci device signals its user, and nothing is revoked`,
    )
  })

  test('HAZ-1: a posted write that is refused is written down too', () => {
    expect(seen(tell({ dark: 'decode-off', touch: cpu(true) })).lines[0]).toMatch(/unsupported request/)
  })

  test('HAZ-1: without AER nobody writes anything down', () => {
    expect(seen(tell({ aer: false, touch: cpu() })).lines).toEqual([expect.stringMatching(/^HAZ-1 nobody reports/)])
  })

  test('HAZ-1: an access that arrives is no hazard', () => {
    const report = tell({ hazard: 'poor', dark: 'none', touch: cpu() })
    expect([seen(report).result, seen(report).lines, report.verdict]).toEqual(['0 0 0 0', [], 'pass'])
  })

  test('HAZ-1: without the plugin a read gives all ones at once and nobody takes note', () => {
    const { result, slow, lines } = seen(tell({ hazard: null, touch: cpu() }))
    expect([result, slow, lines]).toEqual(['255 255 255 255', false, []])
  })
})

describe('HAZ-2: a peer', () => {
  test('HAZ-2: the sender gets the timeout, and writes it down itself', () => {
    const { result, ticks, lines } = seen(tell({ touch: peer() }))
    expect(result).toBe('255 255 255 255')
    expect(ticks).toBeGreaterThanOrEqual(50_000)
    expect(lines[0]).toMatch(new RegExp(`^HAZ-3 AER: completion timeout \\(non-fatal\\) at ${CARD}`))
    expect(lines[1]).toMatch(new RegExp(`^TRG-17 error_detected of ${CARD}:`))
  })

  test('HAZ-2: a write is lost', () => {
    const { result, slow } = seen(tell({ touch: peer(true) }))
    expect([result, slow]).toEqual(['false', false])
  })
})

describe('HAZ-3: the registers', () => {
  /** What a function's AER status says once the touch is over. */
  function noted(dark: 'reset' | 'decode-off', access: 'cpu' | 'peer', of: Bdf): readonly string[] {
    const { topology } = machine()
    const system = compose({ topology, plugins: [sim(), hazard()] })
    const { hardware, devices } = simulate(system, new Map(), { seed: 1 }, {})
    const disk = devices.get(DISK)
    const [bar] = disk.fn.bars
    if (bar === undefined) expect.fail('no BAR')
    if (dark === 'decode-off') disk.config.write(PCI_COMMAND, 2, 0)
    else disk.config.write((readPcie(disk.fn.config)?.offset ?? 0) + PCI_EXP_DEVCTL, 2, PCI_EXP_DEVCTL_BCR_FLR)
    if (access === 'cpu') drive(hardware.cpu('read', bar.start, 4))
    else drive(hardware.dma({ from: devices.get(CARD), access: 'read', at: bar.bus, length: 4 }))
    const aer = readAer(topology.get(of).config) ?? expect.fail('no AER')
    const status = hardware.configRead(of, aer.offset + PCI_ERR_UNCOR_STATUS, 4)
    return Object.entries(AER_BITS).flatMap(([error, bit]) => (hasBits(status, bit) ? [error] : []))
  }

  test('HAZ-3: the root port notes the timeout of the CPU, a peer its own', () => {
    expect([noted('reset', 'cpu', ROOT), noted('reset', 'cpu', CARD)]).toEqual([['completion-timeout'], []])
    expect([noted('reset', 'peer', ROOT), noted('reset', 'peer', CARD)]).toEqual([[], ['completion-timeout']])
  })

  test('HAZ-3: who refuses notes the unsupported request', () => {
    expect(noted('decode-off', 'cpu', PORT)).toEqual(['unsupported-request'])
    expect(noted('decode-off', 'cpu', ROOT)).toEqual([])
  })
})

describe('HAZ-1: a poor platform', () => {
  test.each([
    ['the CPU reads a function in reset', 'reset', cpu(), 'INV-2 HAZ-1'],
    ['the CPU reads where decoding is off', 'decode-off', cpu(), 'INV-2 HAZ-1'],
    ['a peer reads a function in reset', 'reset', peer(), 'INV-14 HAZ-2'],
    ['a peer reads where decoding is off', 'decode-off', peer(), 'INV-14 HAZ-2'],
  ] as const)('HAZ-1: the machine goes down when %s', (_, dark, touch, violation) => {
    const report = tell({ hazard: 'poor', dark, touch })
    expect(report.verdict).toBe('fail')
    expect(violations(report)).toContain(violation)
    expect(report.violations.some(({ message }) => message.startsWith('machine check: '))).toBe(true)
    // The run ends there: the touch never returned, and no step began after it.
    const touched = report.outcomes.find((one) => one.text.startsWith('touch'))
    expect(touched?.result).toMatchObject({
      kind: 'not-reached',
      why: expect.stringMatching(/^machine check: /) as string,
    })
    expect(report.ticks).toBeLessThan(MIDDLE + 5000)
  })

  test.each([cpu(true), peer(true)])('HAZ-1: a write is posted, so it takes nothing down', (touch) => {
    expect(seen(tell({ hazard: 'poor', touch })).result).not.toBe('not-reached')
  })

  test('HAZ-2: which requests are fatal is a choice', () => {
    const story = (fatal: HazardOptions['fatal'], touch: Step): unknown =>
      seen(tell({ hazard: { platform: 'poor', ...(fatal === undefined ? {} : { fatal }) }, touch })).result
    expect(story(['cpu-write'], cpu(true))).toBe('not-reached')
    expect(story(['peer-write'], peer(true))).toBe('not-reached')
    expect(story(['cpu-read'], peer())).toBe('255 255 255 255')
    expect(story([], cpu())).toBe('255 255 255 255')
  })

  test('HAZ-1: one that was meant to go down passes, if the rest is as expected', () => {
    const wanted: Expectation = { kind: 'violation', invariant: 'INV-2' }
    expect(tell({ hazard: 'poor', touch: cpu(), expect: [wanted] }).verdict).toBe('pass')
    expect(tell({ hazard: 'poor', touch: cpu(), expect: [wanted, { kind: 'all-finish' }] }).verdict).toBe('fail')
  })

  test.each([
    [500, 'not-reached'],
    [59_000, 'not-reached'],
    [70_000, '255 255 255 255'],
    [120_000, '0 0 0 0'],
  ])(
    'TRG-21: %i us into a reset a read gives %s: silent for 60 ms, decoding off until the kernel restores it',
    (ticks, result) => {
      const fatal: HazardOptions = { platform: 'poor', fatal: ['cpu-read'] }
      const off: HazardOptions = { platform: 'good' }
      const report = tell({ hazard: ticks < 60_000 ? fatal : off, after: ticks, touch: cpu() })
      expect(seen(report).result).toBe(result)
    },
  )

  test('HAZ-1: a quiet run finds the same', () => {
    const { topology } = machine()
    const scenario: Scenario = {
      title: 'quiet',
      devices: { disk: { at: DISK, driver: 'toucher' } },
      actors: [{ name: 'vmm', steps: [{ ...step('open', 'disk'), as: 'file' }, step('decodeOff', 'file'), cpu()] }],
      expect: [],
    }
    const run = (quiet: boolean): Report =>
      runScenario(compose({ topology, plugins: [sim(), toucher(), hazard('poor')] }), scenario, { seed: 1, quiet })
    const [loud, quiet] = [run(false), run(true)]
    expect([quiet.verdict, violations(quiet), quiet.steps]).toEqual([loud.verdict, violations(loud), loud.steps])
    expect(quiet.events).toEqual([])
  })
})

describe('mistakes', () => {
  test.each<[unknown, string, RegExp]>([
    ['god', 'HAZARD_PLATFORM', /good/],
    [{ platform: 'poor', fatal: ['cpu-raed'] }, 'HAZARD_FATAL', /cpu-read/],
    [{ fatal: ['cpu-read'] }, 'HAZARD_GOOD', /poor/],
    [{ completionTimeout: 0 }, 'HAZARD_TIMEOUT', /50/],
    [{ completionTimeout: 100.5 }, 'HAZARD_TIMEOUT', /50/],
  ])('HAZ-1: %j', (options, code, hint) => {
    try {
      hazard(options as HazardOptions)
    } catch (error) {
      if (!(error instanceof UsageError)) throw error
      expect([error.code, error.plugin]).toEqual([code, 'platform-hazard'])
      expect(error.hint).toMatch(hint)
      return
    }
    expect.fail('no mistake')
  })
})
