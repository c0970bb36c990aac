import { expect, test } from 'vitest'
import {
  type Bdf,
  buildTopology,
  type ConfigSpace,
  type Device,
  type Devices,
  enableBridges,
  PCI_COMMAND,
  readCommand,
  soloKernel,
} from '../src/index.ts'

test('HAZ-5: enabling a function lets every bridge above it pass requests both ways, and no other', () => {
  const { topology, names } = buildTopology({
    hostBridges: [
      {
        devices: [
          {
            rootPort: 'rp',
            below: [{ switch: 'sw', ports: [{ port: 'dsp', below: [{ endpoint: 'nic' }] }, { port: 'other' }] }],
          },
        ],
      },
    ],
  })
  const live = new Map<Bdf, ConfigSpace>(topology.functions.map((fn) => [fn.bdf, fn.config.copy()]))
  for (const config of live.values()) config.write(PCI_COMMAND, 2, 0)
  const device = (bdf: Bdf): Device => {
    const config = live.get(bdf) ?? expect.fail(bdf)
    const fn = topology.get(bdf)
    const access = {
      read: (offset: number, width: 1 | 2 | 4) => config.read(offset, width) ?? 0,
      write: config.write.bind(config),
    }
    return { name: bdf, bdf, fn, config: access, lock: soloKernel().lock('device'), dmaMaskBits: 64, p2p: undefined }
  }
  const devices: Devices = { all: [], get: device }
  enableBridges(device(names.get('nic') ?? expect.fail()), devices)
  const passes = (name: string) => {
    const command = readCommand(live.get(names.get(name) ?? expect.fail(name)) ?? expect.fail(name))
    return [command?.memory, command?.master]
  }
  expect(['rp', 'sw', 'dsp'].map(passes)).toEqual([
    [true, true],
    [true, true],
    [true, true],
  ])
  expect(['nic', 'other'].map(passes)).toEqual([
    [false, false],
    [false, false],
  ])
})
