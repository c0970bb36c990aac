/** When the kernel sets ACS control words, and a port that has its word in an unusual place. */
import {
  acsControlPlace,
  buildTopology,
  compose,
  initP2p,
  mapType,
  p2pProvider,
  sgtServices,
  type Step,
} from '@barter/core'
import { vfioPci } from '@barter/exporter-vfio-pci'
import { acs, type AcsOptions } from '@barter/platform-acs'
import { runScenario, sim, simulate } from '@barter/sim'
import { describe, expect, test } from 'vitest'

const OFFERED = ['SV', 'RR', 'CR', 'UF'] as const
const step = (verb: string, target: string, args = {}): Step => ({ verb, target, args })

/** The ACS word of a function that others can be behind, after each of some steps. */
function wordsAfter(options: AcsOptions, steps: readonly Step[]): readonly string[] {
  const { topology, names } = buildTopology({
    hostBridges: [
      {
        devices: [
          {
            rootPort: 'root',
            below: [
              { endpoint: 'lender', acs: ['SV'], acsCapability: OFFERED, bars: [{ index: 0, length: '64 KiB' }] },
            ],
          },
        ],
      },
    ],
  })
  const at = names.get('lender') ?? expect.fail()
  const plugin = options.disableAcsRedir === undefined ? acs(options) : acs({ ...options, disableAcsRedir: at })
  const system = compose({ topology, plugins: [sim(), vfioPci(), plugin] })
  const look = step('setpci', 'lender', { register: 'acs' })
  const report = runScenario(
    system,
    {
      title: 'ACS words',
      devices: { lender: { at, driver: 'vfio-pci' } },
      actors: [{ name: 'admin', steps: [look, ...steps.flatMap((one) => [one, look])] }],
      expect: [],
    },
    { seed: 1 },
  )
  return report.outcomes
    .filter(({ text }) => text === 'setpci lender, register acs')
    .map(({ result }) => (result.kind === 'ok' ? JSON.stringify(result.value) : result.kind))
}

const value = (word: number) => JSON.stringify({ value: word })
const clear = step('setpci', 'lender', { register: 'acs', clear: 0x1d })
const rebind = [step('unbind', 'lender'), step('bind', 'lender')]
const reset = step('sysfsReset', 'lender')

describe('ACS-9: what an administrator writes into an ACS word', () => {
  test('ACS-9: lasts until the registers come back after a reset, or a driver is bound', () => {
    const [first, cleared, afterReset] = wordsAfter({ mode: 'kernel-default' }, [clear, reset])
    expect([first, cleared, afterReset]).toEqual([value(0x1d), value(0), value(0x1d)])
    const words = wordsAfter({ mode: 'kernel-default' }, [clear, ...rebind])
    expect(words).toEqual([value(0x1d), value(0), value(0), value(0x1d)])
  })

  test('ACS-9: without a kernel that asks for ACS it stays', () => {
    expect(wordsAfter({}, [clear, reset, ...rebind])).toEqual([value(1), ...Array<string>(4).fill(value(0))])
    // As the test has it, and not as the kernel would.
    expect(wordsAfter({ mode: 'redirect' }, [clear, ...rebind]).at(-1)).toBe(value(0))
  })

  test('ACS-10: after a reset the boot parameter begins with what the reset left: nothing', () => {
    const options = { mode: 'kernel-default', disableAcsRedir: 'lender' } as const
    expect(wordsAfter(options, [reset])).toEqual([value(1), value(0)])
  })
})

describe('ACS-12: a root port of Sunrise Point', () => {
  const PORT = { acs: 'off', acsCapability: [...OFFERED, 'TB'] } as const
  const RAM = 0x10_0000
  const asKernel = { mode: 'kernel-default', atsOff: true } as const
  const build = (id: string) =>
    buildTopology({
      cpu: { vendor: 'AuthenticAMD', family: 0x17 },
      hostBridges: [
        {
          devices: [
            {
              rootPort: 'root',
              ...PORT,
              id,
              below: [
                {
                  endpoint: 'lender',
                  bars: [{ index: 0, length: '64 KiB' }],
                  functions: [{ endpoint: 'sibling', bars: [{ index: 0, length: '64 KiB' }] }],
                },
              ],
            },
          ],
        },
      ],
    })

  function powerOn(id: string, options: (root: string) => AcsOptions) {
    const { topology: built, names } = build(id)
    const at = (name: string) => names.get(name) ?? expect.fail(name)
    const system = compose({ topology: built, plugins: [sim(), acs(options(at('root')))] })
    const { hardware, devices, run } = simulate(system, new Map(), { seed: 1 }, {})
    const root = system.topology.get(at('root'))
    const lender = devices.get(at('lender'))
    initP2p(lender)
    const provider = p2pProvider(lender, 0) ?? expect.fail()
    const place = acsControlPlace(root) ?? expect.fail()
    return {
      width: place.width,
      word: root.config.read(place.offset, place.width),
      kernel: mapType(sgtServices(run.scope), provider, devices.get(at('sibling'))).mapType,
      // Translation blocking is the bit that a root port itself looks at.
      port: hardware.route(at('sibling'), RAM, 'write', true).landing.kind,
    }
  }

  test('ACS-12: the kernel sets its word of four bytes, the port goes by it, and who asks for redirects finds none', () => {
    const usual = { width: 2, word: 0x1f, kernel: 'thru-host-bridge', port: 'acs-violation' }
    expect(powerOn('8086:1901', () => asKernel)).toEqual(usual)
    const sunrise = { width: 4, word: 0x1f, kernel: 'bus-addr', port: 'acs-violation' }
    expect(powerOn('8086:a110', () => asKernel)).toEqual(sunrise)
    expect(powerOn('8086:a110', () => ({ mode: 'kernel-default' }))).toMatchObject({ word: 0x1d, port: 'memory' })
  })

  test('ACS-12: boot parameters only clear redirects there, whatever else they say', () => {
    const cleared = { word: 0x13, port: 'acs-violation' }
    expect(powerOn('8086:a110', (root) => ({ ...asKernel, disableAcsRedir: root }))).toMatchObject(cleared)
    expect(powerOn('8086:a110', (root) => ({ ...asKernel, configAcs: `1101@${root}` }))).toMatchObject(cleared)
    // Elsewhere they begin again from the firmware's word (ACS-10), and set bits too (ACS-11).
    expect(powerOn('8086:1901', (root) => ({ ...asKernel, disableAcsRedir: root })).word).toBe(0)
    expect(powerOn('8086:1901', (root) => ({ ...asKernel, configAcs: `1101@${root}` })).word).toBe(0xd)
  })
})
