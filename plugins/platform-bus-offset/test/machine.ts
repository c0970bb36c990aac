/** A disk whose BARs are lent, a card beside it below the same switch, and a card below another root port. */
import {
  type Access,
  type AcsSpec,
  type Bdf,
  buildTopology,
  compose,
  type Device,
  DmaBuf,
  done,
  drive,
  freeSgt,
  initP2p,
  type KernelError,
  type Landing,
  p2pProvider,
  type PhysRange,
  physVecToSgt,
  type Plugin,
  type SgTable,
  sgtServices,
  soloKernel,
  type Topology,
  type TopologySpec,
  UsageError,
} from '@barter/core'
import { simulate } from '@barter/sim'
import { expect } from 'vitest'

export interface House {
  readonly acs?: AcsSpec
  readonly routesPeers?: boolean
  readonly dmaMaskBits?: number
}

export const house = ({ acs = 'off', routesPeers = true, dmaMaskBits = 64 }: House = {}): TopologySpec => ({
  cpu: { vendor: 'AuthenticAMD', family: 0x17 },
  memory: [{ start: 0, length: '1 GiB' }],
  hostBridges: [
    {
      id: '1022:1450',
      routesPeers,
      windows: [
        { start: '0x80000000', length: '256 MiB' },
        { start: '0x100000000000', length: '64 GiB' },
      ],
      devices: [
        {
          rootPort: 'root',
          acs,
          below: [
            {
              switch: 'switch',
              ports: [
                {
                  port: 'left',
                  acs,
                  below: [
                    {
                      endpoint: 'disk',
                      bars: [
                        { index: 0, length: '1 MiB', kind: 'mem32' },
                        { index: 2, length: '16 MiB', kind: 'mem64pref' },
                        { index: 4, length: '256 B', kind: 'io' },
                      ],
                    },
                  ],
                },
                {
                  port: 'right',
                  acs,
                  below: [{ endpoint: 'card', dmaMaskBits, bars: [{ index: 0, length: '64 KiB' }] }],
                },
              ],
            },
          ],
        },
        {
          rootPort: 'other',
          acs,
          below: [
            {
              endpoint: 'far',
              bars: [{ index: 0, length: '64 KiB' }],
              vfs: { count: 2, bars: [{ index: 0, length: '16 KiB' }] },
            },
          ],
        },
      ],
    },
  ],
})

/** A composed machine under power, with what tests look at. */
export function powerOn(spec: TopologySpec, ...plugins: readonly Plugin[]) {
  const { topology: before, names } = buildTopology(spec)
  const system = compose({ topology: before, plugins })
  const { topology } = system
  const simulation = simulate(system, new Map(), { seed: 1 }, {})
  const at = (name: string): Bdf => names.get(name) ?? expect.fail(`no ${name}`)
  const device = (name: string): Device => simulation.devices.get(at(name))
  const landing = (from: string, address: number, access: Access = 'write'): Landing =>
    simulation.hardware.route(at(from), address, access).landing
  return { before, topology, names, at, device, landing, simulation }
}

export type Machine = ReturnType<typeof powerOn>

export const barOf = (topology: Topology, bdf: Bdf, index: number) =>
  topology.get(bdf).bars.find((bar) => bar.index === index) ?? expect.fail(`no BAR ${index}`)

/** What the exporter would hand out for pieces of a BAR, or the errno. */
export function handedOut(machine: Machine, importer: string, bar: number, pieces: readonly PhysRange[]) {
  const owner = machine.device('disk')
  initP2p(owner)
  const provider = p2pProvider(owner, bar) ?? expect.fail('no provider')
  const { trace } = machine.simulation
  const buffer = new DmaBuf(
    { kernel: soloKernel(), trace },
    {
      name: 'lent',
      exporter: 'test',
      size: pieces.reduce((sum, piece) => sum + piece.length, 0),
      ops: { map: () => done(undefined as never), unmap: () => done(undefined), release: () => done(undefined) },
    },
  )
  const attachment = drive(buffer.attach(machine.device(importer), { peer2peer: true }))
  const services = sgtServices(machine.simulation.run.scope)
  drive(buffer.resv.lock.lock())
  try {
    const table: SgTable = drive(
      physVecToSgt(services, { attachment, provider, pieces, direction: 'bidirectional', target: [] }),
    )
    drive(freeSgt(services, attachment, table, 'bidirectional'))
    return { mapType: table.mapType, kind: table.addressKind, addresses: table.entries.map((entry) => entry.address) }
  } catch (error) {
    return (error as KernelError).errno
  }
}

/** Code and hint of the mistake that `act` is. */
export function mistake(act: () => unknown): { code: string; message: string; hint: string | undefined } {
  try {
    act()
  } catch (error) {
    if (error instanceof UsageError) return { code: error.code, message: error.message, hint: error.hint }
    throw error
  }
  return expect.fail('no mistake')
}
