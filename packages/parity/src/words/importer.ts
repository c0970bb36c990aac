/** An importer: attaching, mapping, and what it noticed. */
import type { Step } from '@barter/core'
import { fieldsOf, hexText, number, text } from '../json-value.ts'
import type { JsonObject, RecordedStep } from '../recording.ts'
import { NOT_PCI, type Stage } from '../stage.ts'
import { type Done, isOk, oneStep, plainSaw, type PlainStep, saw, type Word } from '../word.ts'
import { mappingResult, translatedOffsets } from './mapping-result.ts'

/** Targets of an import that are no buffer. */
const NO_BUFFERS: Readonly<Record<string, string>> = { 'closed-fd': 'closed', 'not-a-dmabuf': 'stdin' }

export const attach: Word = (step, stage) => {
  const { args } = step
  const as = stage.make('import', args.as)
  const closing = text(args.as) === '' ? [{ verb: 'close', target: as }] : []
  return {
    steps: [importStep(step, stage, as), { verb: 'attached', target: as }, ...closing],
    saw: ([made, attached]) => {
      if (made === undefined || !isOk(made)) return saw({ ...plainSaw(made), at: failedAt(made) })
      const { peer2peer, size } = fieldsOf(attached)
      return saw({ ok: true, peer2peer: peer2peer ?? null, size: hexText(size) })
    },
  }
}

export const detach: Word = oneStep(({ args }, stage) => ({ verb: 'close', target: importOf(args, stage) }))
export const pin: Word = oneStep(({ args }, stage) => ({ verb: 'pin', target: importOf(args, stage) }))
export const unpin: Word = oneStep(({ args }, stage) => ({ verb: 'unpin', target: importOf(args, stage) }))
export const unmap: Word = oneStep(({ args }, stage) => ({ verb: 'unmap', target: importOf(args, stage) }))

export const map: Word = ({ args }, stage) => {
  const attachment = importOf(args, stage)
  const key = stage.make('mapping', args.as ?? args.attachment)
  stage.noteMapping(key, attachment)
  const exported = stage.exported(attachment)
  return {
    steps: mapSteps(attachment, args, stage, key),
    saw: ([mapped, translated]) => saw(mappingResult(mapped, translated, exported, stage)),
  }
}

/** A newcomer: attaches, maps, unmaps and detaches. */
export const tryMap: Word = (step, stage) => {
  const as = stage.make('import', undefined)
  const importing = importStep({ ...step, args: { peer2peer: true, invalidate: 'inline', ...step.args } }, stage, as)
  const exported = stage.exported(as)
  return {
    steps: [importing, ...mapSteps(as, step.args, stage, as), { verb: 'close', target: as }],
    saw: ([made, mapped, translated]) => {
      if (made === undefined || !isOk(made)) return saw({ ...plainSaw(made), at: failedAt(made) })
      const result = mappingResult(mapped, translated, exported, stage)
      return saw(isOk(mapped) ? result : { ...result, at: 'map' })
    },
  }
}

export const status: Word = oneStep(
  ({ args }, stage) => ({ verb: 'status', target: importOf(args, stage) }),
  (done) => {
    const { invalidations, invalidationsWhileMapped, mapped, events, lastRemap } = fieldsOf(done)
    return {
      invalidations: invalidations ?? null,
      invalidationsWhileMapped: invalidationsWhileMapped ?? null,
      mapped: mapped ?? null,
      events: events ?? null,
      ...(lastRemap === undefined ? {} : { lastRemap }),
    }
  },
)

const importOf = (args: JsonObject, stage: Stage): string => stage.now('import', args.attachment)

function importStep({ args }: RecordedStep, stage: Stage, as: string): PlainStep {
  const buffer = NO_BUFFERS[text(args.buf)] ?? stage.now('buffer', args.buf)
  stage.noteImport(as, buffer)
  const given: Record<string, Step['args'][string]> = {
    on: stage.device(args.client),
    driver: 'probe',
    peer2peer: args.peer2peer !== false,
    invalidate: text(args.invalidate) || 'inline',
  }
  if (args.static === true) given.static = true
  if (args.remap === true) given.remap = true
  if (args.dmaMaskBits !== undefined && args.client !== NOT_PCI) given.dmaMaskBits = number(args.dmaMaskBits)
  return { verb: 'import', target: buffer, as, args: given }
}

function mapSteps(attachment: string, args: JsonObject, stage: Stage, key: string): readonly PlainStep[] {
  const offsets = translatedOffsets(stage.exported(attachment), stage.recording.pageSize)
  return [
    { verb: 'map', target: attachment, args: { dir: text(args.dir) || 'bidi', key } },
    { verb: 'translate', target: attachment, args: { offsets } },
  ]
}

/** No dma-buf behind the descriptor, or the exporter refused. */
function failedAt(made: Done | undefined): string {
  return made?.result.kind === 'errno' && made.result.rule === 'DMB-4' ? 'get' : 'attach'
}
