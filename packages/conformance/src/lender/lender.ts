/**
 * The reference exporter: the smallest that lends, revokes and restores as vfio-pci does in the running generation, and
 * looks closely at what its importers do. Words: `revoke`, `restore`, `dark`, `light`, `busy`, `check`, `peek`.
 */
import {
  BUS,
  type Controls,
  type Device,
  done,
  enableMemory,
  type Exporter,
  type ExporterFile,
  initP2p,
  type JsonSchema,
  KERNEL,
  type Op,
  type Plugin,
  type Scope,
  sgtServices,
  sizeField,
} from '@barter/core'
import { Ledger } from './ledger.ts'
import { type FileParts, LenderFile } from './lender-file.ts'
import type { LenderOptions } from './lender-options.ts'

const none: JsonSchema = { type: 'object', additionalProperties: false }

export const LENDER_CONTROLS: Controls = {
  revoke: { summary: 'take every buffer back', args: none },
  restore: { summary: 'lend them again', args: none },
  dark: { summary: 'stop decoding memory', args: none },
  light: { summary: 'decode it again', args: none },
  busy: { summary: 'add a fence to each buffer, that signals 10 ms later', args: none },
  check: { summary: 'look whether anybody wrote since the revoke', args: none },
  peek: {
    summary: 'what the memory of a buffer holds, read by the CPU',
    args: {
      ...none,
      properties: {
        buffer: {
          type: 'integer',
          minimum: 0,
          description: 'which, in the order of the exports; the first unless given',
        },
        offset: sizeField('bytes from the start of the buffer; 0 unless given'),
        length: sizeField('bytes'),
      },
      required: ['length'],
    },
  },
}

/** **Source** VFIO-24 to VFIO-27, REV-1 to REV-8, GEN-3, GEN-4, GEN-9. Fault points `dmabuf:attach`, `dmabuf:map`, `dmabuf:pin`. */
export function lender(options: LenderOptions = {}): Plugin {
  return {
    name: 'lender',
    apply: ({ hooks }) => {
      hooks.exporter.for('lender').tap('lender', (run) => new Lender(run, options))
    },
  }
}

class Lender implements Exporter {
  readonly driver = 'lender'
  readonly controls = LENDER_CONTROLS
  readonly #parts: Omit<FileParts, 'device'>
  readonly #files = new Map<Device, LenderFile[]>()

  constructor(run: Scope, { admits, pins, meddle, guards, ledger = new Ledger() }: LenderOptions) {
    ledger.clear()
    const services = sgtServices(run)
    const { generation } = services.facts
    let buffers = 0
    this.#parts = {
      services,
      kernel: run.get(KERNEL),
      bus: run.get(BUS),
      ledger,
      options: {
        admits: admits ?? 'revocable',
        pins: pins ?? (generation === 'G1p' ? 'refuses' : 'none'),
        guards: guards ?? false,
      },
      waits: generation === 'G2' || generation === 'G2r',
      meddling: meddle,
      nextBuffer: () => buffers++,
    }
  }

  probe(device: Device): Op<void> {
    enableMemory(device)
    initP2p(device)
    return done(undefined)
  }

  /** What was lent is taken back, and whoever still has a file has one that is of no use. */
  *remove(device: Device): Op<void> {
    const files = this.#files.get(device) ?? []
    this.#files.delete(device)
    for (const file of files) yield* file.close()
  }

  open(device: Device): Op<ExporterFile> {
    const file = new LenderFile({ ...this.#parts, device })
    this.#files.set(device, [...(this.#files.get(device) ?? []), file])
    return done(file)
  }
}
