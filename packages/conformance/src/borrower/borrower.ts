/**
 * The reference importer: the simplest that is correct, with a word for how it lets go. It looks closely at what exporters
 * do: at their tables, at the locks in which it is told, at maps that should have been refused.
 */
import {
  advance,
  BUS,
  type Bus,
  DEVICES,
  type Device,
  type DmaBuf,
  done,
  FACTS,
  type Import,
  type Importer,
  type JsonSchema,
  KERNEL,
  type Op,
  type Plugin,
  type Scope,
  setMaster,
  sizeField,
  type StepValue,
  WITNESS,
} from '@barter/core'
import { BorrowedRegion, type RegionParts } from './borrowed-region.ts'
import { mannerOptions, readManner } from './manner.ts'

const none: JsonSchema = { type: 'object', additionalProperties: false }

export function borrower(): Plugin {
  return {
    name: 'borrower',
    apply: ({ hooks }) => {
      hooks.importer.for('borrower').tap('borrower', (run) => new Borrower(run))
    },
  }
}

class Borrower implements Importer {
  readonly driver = 'borrower'
  readonly supports = { dynamic: true, peer2peer: true, invalidate: true, pins: false, restartable: true }
  readonly options = mannerOptions
  readonly controls = {
    map: { summary: 'map, without moving data; gives the map type', args: none },
    address: { summary: 'map, without moving data; gives the first address', args: none },
    reach: {
      summary:
        'where would a packet of the device to this address arrive? Gives the function of a BAR, RAM, or nothing',
      args: { ...none, properties: { at: sizeField('the address') }, required: ['at'] },
    },
    peek: {
      summary: 'what a BAR of a device holds, read by the CPU',
      args: {
        ...none,
        properties: {
          device: { type: 'string', description: 'its name' },
          bar: { type: 'integer', minimum: 0, maximum: 5, description: 'which; 0 unless given' },
          offset: sizeField('bytes from the start of the BAR; 0 unless given'),
          length: sizeField('bytes'),
        },
        required: ['device', 'length'],
      },
    },
  }
  readonly #parts: Omit<RegionParts, 'device' | 'buffer' | 'manner'>

  constructor(run: Scope) {
    const devices = run.get(DEVICES)
    const bus = run.get(BUS)
    this.#parts = {
      kernel: run.get(KERNEL),
      bus,
      witness: run.get(WITNESS),
      pageSize: run.get(FACTS).pageSize,
      peek: (args) => peek(bus, devices.all, args),
    }
  }

  probe(device: Device): Op<void> {
    return done(setMaster(device, true))
  }

  *import(device: Device, buffer: DmaBuf, options: Readonly<Record<string, StepValue>>): Op<Import> {
    const made = new BorrowedRegion({ ...this.#parts, device, buffer, manner: readManner(options) })
    yield* made.attach()
    return made
  }
}

/** A BAR as the CPU finds it, whatever the exporter believes to lend. */
function* peek(bus: Bus, devices: readonly Device[], args: Readonly<Record<string, StepValue>>): Op<StepValue> {
  const bars = devices.find(({ name }) => name === args.device)?.fn.bars ?? []
  const bar = bars.find(({ index }) => index === Number(args.bar ?? 0))
  if (bar === undefined) return ''
  const [offset, length] = [Number(args.offset ?? 0), Number(args.length)]
  const { data } = yield* bus.cpu('read', advance(bar.start, offset), length)
  return String.fromCharCode(...(data ?? []).slice(0, length))
}
