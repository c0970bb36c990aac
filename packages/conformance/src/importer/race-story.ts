/** Everything at once: imports that come and go, accesses, and a lender that takes back and lends again. */
import type { Step } from '@barter/core'
import { step } from '../step.ts'
import type { ImporterStage, Steps } from './importer-stage.ts'

const ANY = ['ok', 'error', 'ENODEV', 'EINVAL', 'ENOMEM', 'EOPNOTSUPP', 'EIO', 'EEXIST'] as const

/** A step that may end in any way that an importer answers. */
export const freely = (one: Step): Step => ({ ...one, expect: ANY })

/** One who uses the buffer through `as`, from import to close. */
export const borrowing = (stage: ImporterStage, as: string, on: string): readonly Step[] => [
  freely(stage.import(as, on)),
  ...stage.prepare(as).map(freely),
  freely(step('write', as, { length: 64 })),
  freely(step('close', as)),
]

/** What the lender may do to such an importer: one that cannot be told is let be. */
export const taking = (stage: ImporterStage): readonly Step[] =>
  stage.supports.invalidate ? [step('revoke', 'nvme'), step('restore', 'nvme')] : [step('busy', 'nvme')]

export function raceStory(stage: ImporterStage): Steps {
  return {
    vmm: [...stage.lend(), ...taking(stage)],
    one: borrowing(stage, 'imp', 'near'),
    two: borrowing(stage, 'imp2', 'beside'),
  }
}
