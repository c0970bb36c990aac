import { buildTopology, busAddr, compose, soloKernel, type Topology, type TopologySpec } from '@barter/core'
import { expect, test } from 'vitest'
import { createOracle, isolation } from '../../src/oracle/index.ts'
import { powerOn } from '../hardware/machine.ts'
import { endpoint } from '../hardware/topologies.ts'

/** What `pci=disable_acs_redir=` for the ports of the switch leaves of Linux's usual settings. */
const spec: TopologySpec = {
  hostBridges: [
    {
      devices: [
        {
          rootPort: 'root',
          acs: ['SV', 'RR', 'CR', 'UF'],
          below: [
            {
              switch: 'up',
              ports: [
                { acs: 'off', below: [endpoint('nic')] },
                { acs: 'off', below: [endpoint('nvme')] },
              ],
            },
          ],
        },
      ],
    },
  ],
}

function watch(topology: Topology, switches: string[], mode: 'none' | 'translated') {
  const { facts } = compose({ topology, plugins: [], facts: { switches, iommu: { mode, strict: false } } })
  const kernel = soloKernel()
  const trace = { on: false, emit: () => undefined }
  return createOracle({ trace, now: () => kernel.now(), ...isolation(topology, facts) })
}

test.each([
  ['nothing is said with groups as they were meant', [], 'translated', []],
  ['one of a pair in two groups is found', ['BUG-44'], 'translated', ['INV-29 ACS-14']],
  ['without an IOMMU there is nothing to pass by', ['BUG-44'], 'none', []],
] as const)('INV-29, BUG-44: of mappings by bus address %s', (_name, switches, mode, found) => {
  const { topology } = buildTopology(spec)
  const { device, bus } = powerOn(spec)
  const oracle = watch(topology, [...switches], mode)
  const facts = {
    buffer: 'bar0',
    importer: device('nic'),
    owner: device('nvme'),
    entries: [{ address: busAddr(bus('nvme')), length: 0x1000 }],
    target: [{ bar: 0, offset: 0, length: 0x1000 }],
  }
  oracle.mapped({ ...facts, mapType: 'thru-host-bridge' })
  oracle.mapped({ ...facts, mapType: 'bus-addr' })
  expect(oracle.violations.map(({ invariant, rule }) => `${invariant} ${rule}`)).toEqual(found)
})
