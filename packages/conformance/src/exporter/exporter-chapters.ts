/** The chapters of an exporter. */
import type { Chapter } from '../check/check.ts'
import { determinismOf } from '../check/determinism.ts'
import { errorsOf, wholeStory } from '../check/errors.ts'
import { interleavingsOf } from '../check/interleavings.ts'
import { lockingOf } from '../check/locking.ts'
import { freely, step } from '../step.ts'
import { lifecycle } from './chapters/lifecycle.ts'
import { refusal } from './chapters/refusal.ts'
import { restore } from './chapters/restore.ts'
import { revoke } from './chapters/revoke.ts'
import { sgShapes } from './chapters/sg-shapes.ts'
import type { ExporterSpec } from './exporter-spec.ts'
import { ExporterStage } from './exporter-stage.ts'
import { borrowing, lentMeanwhile, raceStory, unmapsByItself } from './race-story.ts'

const TEXT = 'as if nothing was'

/** **Errors** those of composing a system with the plugin. */
export function exporterChapters(spec: ExporterSpec): readonly Chapter[] {
  const stage = new ExporterStage(spec)
  const [first] = spec.takes
  const stories = spec.takes.map((way) => ({
    rule: 'INV-1',
    says: `an import comes and goes while its buffer is taken back by ${way.name}`,
    story: {
      vmm: [...stage.lend(), ...stage.take(way), ...stage.giveBack(way)],
      one: borrowing(stage, 'imp', 'inline'),
    },
  }))
  return [
    lifecycle(stage),
    lockingOf(stage, raceStory(stage)),
    revoke(stage),
    restore(stage),
    refusal(stage),
    sgShapes(stage),
    errorsOf(stage, errorStory(stage)),
    determinismOf(stage, raceStory(stage), wholeStory(errorStory(stage))),
    interleavingsOf(stage, { schedules: spec.schedules, preemptions: 1 }, [
      ...stories,
      ...(first === undefined ? [] : [unmapsByItself(stage, first), lentMeanwhile(stage, first)]),
      {
        rule: 'INV-3',
        says: 'an import comes and goes while the exporter closes',
        story: { vmm: [...stage.lend(), step('close', 'nvme')], one: borrowing(stage, 'imp', 'inline') },
        sampled: true,
      },
      {
        rule: 'INV-12',
        says: 'imports of three kinds come and go while everything is taken back',
        story: raceStory(stage),
        sampled: true,
      },
    ]),
  ]
}

/** A file, a buffer and an import that may fail anywhere; then again, and that must work. */
function errorStory(stage: ExporterStage) {
  const turns = stage.spec.takes.flatMap((way) => [...stage.take(way), ...stage.giveBack(way)])
  const last = step('write', 'again', { data: TEXT, length: TEXT.length })
  const peek = step('peek', 'again', { device: 'nvme', length: TEXT.length })
  const first = [
    ...stage.lend(),
    stage.import(),
    step('write', 'imp', { length: 64 }),
    ...turns,
    step('write', 'imp', { length: 64 }),
    step('close', 'imp'),
    step('close', 'buf'),
    step('close', 'nvme'),
  ].map(freely)
  const open = stage.open('second')
  const lent = step('export', 'second', { bar: 0, ranges: [{ offset: 0, length: 0x4000 }], as: 'buf2' })
  const end = [...open, lent, stage.import('again', 'inline', 'near', 'buf2'), last, peek, step('close', 'again')]
  return { first, end, last, peek, text: TEXT }
}
