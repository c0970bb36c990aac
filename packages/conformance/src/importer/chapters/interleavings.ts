/** Many orders of the same few steps: none may break a promise. */
import { type Chapter, check } from '../../check/check.ts'
import { step } from '../../step.ts'
import type { ImporterStage, Steps } from '../importer-stage.ts'
import { borrowing, taking } from '../race-story.ts'

const SCHEDULES = 100

export function interleavings(stage: ImporterStage): Chapter {
  const schedules = stage.spec.schedules ?? SCHEDULES
  const explored = (rule: string, says: string, story: Steps) =>
    check(rule, says, () => {
      const demand = { rule, expected: `none of ${schedules} schedules breaks a promise` }
      const play = stage.schedules(story)
      for (let seed = 1; seed <= schedules; seed++) play(seed).demandClean(demand)
    })
  const one = borrowing(stage, 'imp', 'near')
  const two = borrowing(stage, 'imp2', 'beside')
  const lend = stage.lend()
  if (!stage.supports.invalidate) {
    return {
      name: 'interleavings',
      checks: [explored('INV-28', 'two imports of one buffer come and go', { vmm: lend, one, two })],
    }
  }
  return {
    name: 'interleavings',
    checks: [
      explored('INV-1', 'an import comes and goes while its buffer is taken back and lent again', {
        vmm: [...lend, ...taking(stage)],
        one,
      }),
      explored('INV-3', 'an import comes and goes while its exporter closes', {
        vmm: [...lend, step('close', 'nvme')],
        one,
      }),
      explored('INV-12', 'two imports come and go while their buffer is taken back', {
        vmm: [...lend, step('revoke', 'nvme')],
        one,
        two,
      }),
    ],
  }
}
