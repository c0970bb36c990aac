import { describe, expect, test } from 'vitest'
import {
  ACS_BITS,
  compose,
  createHooks,
  initP2p,
  mapType,
  type MapTypeServices,
  p2pProvider,
  PCI_ACS_CTRL,
  readAcs,
} from '../src/index.ts'
import { liveMachine } from './live-functions.ts'

/** Two endpoints below one switch, and a third at the same place in a domain that 32 bits of the key cut off. */
function house(switches: string[]) {
  const { topology, devices, device } = liveMachine({
    cpu: { vendor: 'GenuineIntel', family: 6 },
    hostBridges: [
      {
        devices: [
          {
            rootPort: 'rp0',
            below: [
              {
                switch: 'sw',
                ports: [
                  { acs: 'off', below: [{ endpoint: 'gpu', bars: [{ index: 0, length: '1 MiB' }] }] },
                  { acs: 'off', below: [{ endpoint: 'near', acs: 'off' }] },
                ],
              },
            ],
          },
        ],
      },
      {
        domain: 0x10000,
        devices: [
          {
            rootPort: 'vmd',
            below: [{ switch: 'vmdSwitch', ports: [{}, { below: [{ endpoint: 'twin' }] }] }],
          },
        ],
      },
    ],
  })
  const services: MapTypeServices = {
    topology,
    devices,
    facts: compose({ topology, plugins: [], facts: { switches } }).facts,
    hooks: createHooks(),
    trace: { on: false, emit: () => undefined },
  }
  initP2p(device('gpu'))
  const provider = p2pProvider(device('gpu'), 0) ?? expect.fail()
  const ask = (client: string) => {
    const { mapType: type, rule } = mapType(services, provider, device(client))
    return [type, rule]
  }
  /** Control word of the endpoint `near`. */
  const control = (value: number): void => {
    const { fn, config } = device('near')
    const acs = readAcs(fn.config)
    config.write((acs.kind === 'present' ? acs.offset : expect.fail()) + PCI_ACS_CTRL, 2, value)
  }
  const places = ['near', 'twin'].map((name) => device(name).bdf)
  return { ask, control, places }
}

const DIRECT = ['bus-addr', 'P2P-21']
const REFUSED = ['not-supported', 'HB-4']

describe('what the kernel remembers of a pair', () => {
  test('P2P-28, BUG-39: a change of ACS is seen at the next map; with the switch the first answer stays', () => {
    const answers = (switches: string[]) => {
      const { ask, control } = house(switches)
      const first = ask('near')
      control(ACS_BITS.RR)
      return [first, ask('near')]
    }
    expect(answers([])).toEqual([DIRECT, REFUSED])
    expect(answers(['BUG-39'])).toEqual([DIRECT, ['bus-addr', 'P2P-28']])
  })

  test('P2P-29, BUG-34: a client in domain 0x10000 gets the type of its namesake in domain 0, and only with the switch', () => {
    const answers = (switches: string[]) => {
      const { ask, control } = house(switches)
      const all = [ask('near'), ask('twin')]
      control(ACS_BITS.RR)
      return [...all, ask('near')]
    }
    expect(house([]).places).toEqual(['0000:04:00.0', '10000:04:00.0'])
    expect(answers([])).toEqual([DIRECT, REFUSED, REFUSED])
    expect(answers(['BUG-34'])).toEqual([DIRECT, ['bus-addr', 'P2P-29'], REFUSED])
  })

  test('ACS-15, BUG-45: what was decided while a function was silent is asked again once it answers; not so with the switch', () => {
    const answers = (switches: string[]) => {
      const { ask, control } = house(switches)
      control(0xffff)
      const silent = ask('near')
      control(0)
      return [silent, ask('near')]
    }
    expect(answers([])).toEqual([REFUSED, DIRECT])
    expect(answers(['BUG-45'])).toEqual([REFUSED, ['not-supported', 'ACS-15']])
  })

  test('P2P-28: a redirect that was really there is asked for again, also with BUG-45', () => {
    const { ask, control } = house(['BUG-45'])
    control(ACS_BITS.RR)
    expect(ask('near')).toEqual(REFUSED)
    control(0)
    expect(ask('near')).toEqual(DIRECT)
  })
})
