/** Wide machines on a screen of 80 columns. */
import { buildTopology, type DeviceSpec, type Topology } from '@barter/core'
import { inspectTopology, matrixDevices } from '@barter/inspect'
import { expect, test } from 'vitest'
import { renderMatrix } from '../src/render/matrix.ts'
import { styleText } from '../src/render/style.ts'

/** `hosts` domains with `switches` switches of 32 ports each; every fourth device is a NIC, and of every third host ACS is off. */
function wide(hosts: number, switches: number): Topology {
  let count = 0
  const device = (at: number): DeviceSpec => ({
    endpoint: `d${count++}`,
    ...(at % 4 === 3 ? { id: '15b3:1021', class: 0x02_0000 } : { id: '144d:a80a', class: 0x01_0802 }),
    bars: [{ index: 0, kind: 'mem64pref', length: '16 KiB' }],
  })
  return buildTopology({
    iommu: 'translated',
    hostBridges: Array.from({ length: hosts }, (_, domain) => ({
      domain,
      id: '8086:09a2',
      devices: Array.from({ length: switches }, (_, number): DeviceSpec => ({
        rootPort: `r${domain}-${number}`,
        acs: ['SV', 'RR', 'CR', 'UF'],
        below: [
          {
            switch: `s${domain}-${number}`,
            ports: Array.from({ length: 32 }, (_, at) => ({
              acs: domain % 3 === 0 ? 'off' : (['SV', 'RR', 'CR', 'UF'] as const),
              below: [device(at)],
            })),
          },
        ],
      })),
    })),
  }).topology
}

const screen = (topology: Topology, labels: boolean) =>
  renderMatrix(topology, matrixDevices(topology, 'interesting'), inspectTopology(topology, { pairs: 'none' }), {
    columns: 80,
    style: styleText(false),
    labels,
  })

test('1024 endpoints fold to what can be read', { timeout: 60_000 }, () => {
  const { text, letters } = screen(wide(8, 4), false)
  expect([...letters].sort()).toEqual(['B', 'H'])
  expect(text).toBe(`  whose BAR                           own 1 2
   1 0000:03:00.0 +383 NVMe, Ethernet  B H H
   2 0001:03:00.0 +639 NVMe, Ethernet  H H H

  own: between two devices of the row behind one switch

  rows that stand for several devices with the same answers:
   1  384 NVMe, Ethernet behind 12 switches or ports: 0000:03:00.0 to
      0000:22:00.0; 0000:25:00.0 to 0000:44:00.0; 0000:47:00.0 to 0000:66:00.0;
      0000:69:00.0 to 0000:88:00.0; and behind 8 more
   2  640 NVMe, Ethernet behind 20 switches or ports: 0001:03:00.0 to
      0001:22:00.0; 0001:25:00.0 to 0001:44:00.0; 0001:47:00.0 to 0001:66:00.0;
      0001:69:00.0 to 0001:88:00.0; and behind 16 more
`)
})

test('classes stay apart where there is room', { timeout: 60_000 }, () => {
  const { text } = screen(wide(2, 2), false)
  expect(text.split('\n').slice(0, 9).join('\n')).toBe(`  whose BAR                              1 2 3 4 5 6 7 8
   1 0000:03:00.0 +23 NVMe 144d:a80a     B B H H H H H H
   2 0000:06:00.0 +7 Ethernet 15b3:1021  B B H H H H H H
   3 0000:25:00.0 +23 NVMe 144d:a80a     H H B B H H H H
   4 0000:28:00.0 +7 Ethernet 15b3:1021  H H B B H H H H
   5 0001:03:00.0 +23 NVMe 144d:a80a     H H H H H H H H
   6 0001:06:00.0 +7 Ethernet 15b3:1021  H H H H H H H H
   7 0001:25:00.0 +23 NVMe 144d:a80a     H H H H H H H H
   8 0001:28:00.0 +7 Ethernet 15b3:1021  H H H H H H H H`)
})

test('labels beside the letters keep to 80 columns', { timeout: 60_000 }, () => {
  const { text, labels } = screen(wide(2, 2), true)
  expect([...labels].sort()).toEqual(['PHB', 'PIX', 'SYS?'])
  expect(text.split('\n').filter((line) => line.length > 80)).toEqual([])
})
