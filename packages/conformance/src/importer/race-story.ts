/** Everything at once: imports that come and go, accesses, and a lender that takes back and lends again. */
import type { Step } from '@barter/core'
import type { ErrorStory } from '../check/errors.ts'
import type { Interleaved } from '../check/interleavings.ts'
import { freely, step } from '../step.ts'
import type { Steps } from '../check/stage.ts'
import type { ImporterStage } from './importer-stage.ts'

/** One who uses the buffer through `as`, from import to close. */
const borrowing = (stage: ImporterStage, as: string, on: string, verb: 'write' | 'read' = 'write'): readonly Step[] => [
  freely(stage.import(as, on)),
  ...stage.prepare(as).map(freely),
  freely(step(verb, as, { length: 64 })),
  freely(step('close', as)),
]

/** What the lender may do to such an importer: one that cannot be told is let be. */
const taking = (stage: ImporterStage): readonly Step[] =>
  stage.supports.invalidate ? [step('revoke', 'nvme'), step('restore', 'nvme')] : [step('busy', 'nvme')]

export function raceStory(stage: ImporterStage): Steps {
  return {
    vmm: [...stage.lend(), ...taking(stage)],
    one: borrowing(stage, 'imp', 'near'),
    two: borrowing(stage, 'imp2', 'beside', 'read'),
  }
}

/** An import that is used, taken back where it can be, used again and closed; then another, which must work. */
export function errorStory(stage: ImporterStage, on = 'near'): ErrorStory {
  const text = 'as if nothing was'
  const last = step('write', 'again', { data: text, length: text.length })
  const peek = step('peek', 'nvme', { length: text.length })
  const use = [...stage.prepare(), step('write', 'imp', { length: 64 })].map(freely)
  const taken = stage.supports.invalidate ? [step('revoke', 'nvme'), step('restore', 'nvme'), ...use] : []
  const first = [...stage.lend(), freely(stage.import('imp', on)), ...use, ...taken, freely(step('close', 'imp'))]
  const end = [
    stage.import('again', on),
    ...stage.prepare('again'),
    last,
    peek,
    step('close', 'again'),
    step('close', 'buf'),
  ]
  return { first, end, last, peek, text }
}

/** Few steps of few threads, of which many orders are tried. */
export function interleaved(stage: ImporterStage): readonly Interleaved[] {
  const one = borrowing(stage, 'imp', 'near')
  const two = borrowing(stage, 'imp2', 'beside')
  const lend = stage.lend()
  if (!stage.supports.invalidate) {
    return [{ rule: 'INV-28', says: 'two imports of one buffer come and go', story: { vmm: lend, one, two } }]
  }
  return [
    {
      rule: 'INV-1',
      says: 'an import comes and goes while its buffer is taken back and lent again',
      story: { vmm: [...lend, ...taking(stage)], one: withLastReference(one) },
    },
    {
      rule: 'INV-3',
      says: 'an import comes and goes while its exporter closes',
      story: { vmm: [...lend, step('close', 'nvme')], one },
      sampled: true,
    },
    {
      rule: 'INV-12',
      says: 'two imports come and go while their buffer is taken back',
      story: { vmm: [...lend, step('revoke', 'nvme')], one, two: borrowing(stage, 'imp2', 'beside', 'read') },
      sampled: true,
    },
    {
      rule: 'INV-9',
      says: 'two threads use one import and then do nothing more, while its buffer is taken back twice',
      story: { vmm: [...lend, ...taking(stage), step('revoke', 'nvme')], ...held(stage) },
    },
    {
      rule: 'DMB-11',
      says: 'two imports come and go on one device',
      story: { vmm: lend, one, two: borrowing(stage, 'imp2', 'near') },
    },
  ]
}

/** Nobody else keeps the buffer: when the import has let go of it, it is gone. */
const withLastReference = (steps: readonly Step[]): readonly Step[] => [
  ...steps.slice(0, -1),
  freely(step('close', 'buf')),
  ...steps.slice(-1),
]

/** Two threads with one import, who let it be closed only when the exporter is through: no close helps the importer. */
function held(stage: ImporterStage): Steps {
  const use = [...stage.prepare(), step('write', 'imp', { length: 64 })].map(freely)
  const close = [step('wait', 'vmm', { until: 'done' }), freely(step('close', 'imp'))]
  const look = [...stage.prepare(), step('read', 'imp', { length: 64 })].map(freely)
  return { one: [freely(stage.import()), ...use, ...close], two: [...look, ...use] }
}
