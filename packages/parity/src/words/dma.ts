/** Devices that move data: through addresses of a mapping, also when it is gone, or through an address of their own. */
import type { Step } from '@barter/core'
import { fieldsOf, number, object, text } from '../json-value.ts'
import type { Json, JsonObject } from '../recording.ts'
import type { Stage } from '../stage.ts'
import { isOk, plainSaw, type PlainStep, saw, type Said, type Word, worst } from '../word.ts'
import { loadedText, loadSteps, mappingOf } from './cpu.ts'

/** Where memory of the process lies. */
const NOWHERE: Said = { steps: [], saw: () => ({ notComparable: 'physical-address' }) }

/** The CPU writes a pattern, the engine copies it inside the BAR, the CPU looks whether it came. */
export const dmaCopy: Word = ({ args }, stage) => {
  const engine = engineOf(args, stage)
  if (engine === undefined) return NOWHERE
  const length = number(args.length)
  const pattern = text(args.pattern)
    .repeat(Math.ceil(length / Math.max(1, text(args.pattern).length)))
    .slice(0, length)
  const from = number(args.from)
  const to = number(args.to)
  const { mapping, steps } = mappingOf(args, stage)
  const loads = loadSteps(mapping, number(args.toBar), length)
  return {
    steps: [
      ...steps,
      { verb: 'store', target: mapping, args: { offset: number(args.fromBar), data: pattern } },
      { verb: 'store', target: mapping, args: { offset: number(args.toBar), length } },
      engine.move('dmaCopy', { from: from + engine.base, to: to + engine.base, length }),
      ...loads,
    ],
    saw: (done) => {
      if (goesAcross(fieldsOf(done[steps.length + 2]), stage)) return { notComparable: 'qemu-routing' }
      const failed = plainSaw(worst(done))
      if (failed.ok !== true) return saw(failed)
      return saw({ ok: true, arrived: loadedText(done.slice(-loads.length)) === pattern })
    },
  }
}

export const dmaRead: Word = (step, stage) => oneTransfer('dmaRead', step.args, stage)
export const dmaWrite: Word = (step, stage) => oneTransfer('dmaWrite', step.args, stage)

function oneTransfer(verb: string, args: JsonObject, stage: Stage): Said {
  const engine = engineOf(args, stage)
  if (engine === undefined) return NOWHERE
  return {
    steps: [engine.move(verb, { offset: number(args.offset) + engine.base, length: number(args.length) })],
    // An engine does not tell whether anybody took what it sent.
    saw: ([done]) => saw(done !== undefined && isOk(done) ? { ok: true } : plainSaw(done)),
  }
}

interface Engine {
  /** Added to every offset: an address of its own, or 0 within a mapping. */
  readonly base: number
  readonly move: (verb: string, args: Step['args']) => PlainStep
}

/** **Shape** `undefined`: its address is nowhere in a BAR. */
function engineOf(args: JsonObject, stage: Stage): Engine | undefined {
  const { map, iova, pa } = object(args.via)
  if (map !== undefined) return throughMapping(map, args, stage)
  const base = pa === undefined ? number(iova) : stage.spaces.address(pa)
  if (base === undefined) return undefined
  const target = stage.now('file', args.engine)
  return { base, move: (verb, more) => ({ verb, target, args: more }) }
}

function throughMapping(map: Json, args: JsonObject, stage: Stage): Engine {
  const key = stage.now('mapping', map)
  const target = stage.attachmentOf(key) ?? key
  const engine = stage.bdf(args.engine)
  return { base: 0, move: (verb, more) => ({ verb, target, args: { mapping: key, engine, ...more } }) }
}

/** A bus address in a machine with a translating IOMMU: what QEMU cannot route. */
const goesAcross = ({ addressKind }: JsonObject, stage: Stage): boolean =>
  addressKind === 'bus' && stage.recording.iommu.mode === 'translated'
