/** A driver whose words are the accesses that a platform may take badly: by the CPU, by a peer, and a reset meanwhile. */
import {
  BUS,
  type Bus,
  type Controls,
  type Device,
  DEVICES,
  type Devices,
  type DmaAddr,
  done,
  type Exporter,
  type ExporterFile,
  initP2p,
  KernelError,
  type Op,
  parseBdf,
  physAddr,
  type Plugin,
  resetFunction,
  type Scope,
  type StepValue,
  TOPOLOGY,
  type Topology,
} from '@barter/core'

export const toucher = (): Plugin => ({
  name: 'toucher',
  apply: ({ hooks }) => {
    hooks.exporter.for('toucher').tap('toucher', (run) => new Toucher(run))
  },
})

const NO_ARGS = { type: 'object', additionalProperties: false }
const TO = {
  ...NO_ARGS,
  properties: { write: { type: 'boolean', default: false, description: 'not a read' } },
}

class Toucher implements Exporter {
  readonly driver = 'toucher'
  readonly controls: Controls = {
    reset: { summary: 'function level reset', args: NO_ARGS },
    decodeOff: { summary: 'switch memory decoding off', args: NO_ARGS },
    touch: { summary: 'let the CPU load or store 4 bytes of BAR 0', args: TO },
    touchBy: {
      summary: 'let another device do it',
      args: { ...TO, properties: { ...TO.properties, by: { type: 'string', description: 'its bdf' } } },
    },
  }
  readonly #bus: Bus
  readonly #devices: Devices
  readonly #topology: Topology

  constructor(run: Scope) {
    this.#bus = run.get(BUS)
    this.#devices = run.get(DEVICES)
    this.#topology = run.get(TOPOLOGY)
  }

  probe(device: Device): Op<void> {
    initP2p(device)
    return done(undefined)
  }

  remove(): Op<void> {
    return done(undefined)
  }

  open(device: Device): Op<ExporterFile> {
    return done({
      device,
      export: () => {
        throw new KernelError('EINVAL', 'VFIO-9', 'this driver lends nothing')
      },
      control: (name, args) => this.#control(device, name, args),
      close: () => done(undefined),
    })
  }

  *#control(device: Device, name: string, args: Readonly<Record<string, StepValue>>): Op<StepValue> {
    if (name === 'reset') {
      yield* resetFunction({ topology: this.#topology, devices: this.#devices }, device)
      return 'reset'
    }
    if (name === 'decodeOff') {
      device.config.write(0x04, 2, 0x0004)
      return 'off'
    }
    const [bar] = device.fn.bars
    const start = physAddr(bar?.start ?? 0)
    const access = args.write === true ? 'write' : 'read'
    if (name === 'touch') {
      const { data } = yield* this.#bus.cpu(access, start, 4, new Uint8Array([1, 2, 3, 4]))
      return data === undefined ? 'stored' : [...data].join(' ')
    }
    const by = typeof args.by === 'string' ? parseBdf(args.by) : undefined
    if (by === undefined) throw new KernelError('EINVAL', 'DMB-4', 'no such device')
    const from = this.#devices.get(by)
    const at = bar?.bus as DmaAddr
    const { arrived, data } = yield* this.#bus.dma({ from, access, at, length: 4, by: 'command 1' })
    return data === undefined ? String(arrived) : [...data].join(' ')
  }
}
