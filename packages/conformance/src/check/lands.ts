/** Data that goes through an import into the memory that was lent. */
import type { Step } from '@barter/core'
import { step } from '../step.ts'
import { type Check, check } from './check.ts'
import type { Stage } from './stage.ts'

export const TEXT = 'lent, and given back'
/** How much is looked at where it has to land. */
export const TEXT_LENGTH = TEXT.length

/** Of the import `imp`. */
export const write = step('write', 'imp', { data: TEXT, length: TEXT_LENGTH })
export const gone = step('close', 'imp')

export interface Way {
  /** Steps up to an import that can be used. */
  readonly before: readonly Step[]
  /** The look at the memory. */
  readonly peek: Step
}

/** What is written lands where it has to, and nothing else happens. */
export const lands = (stage: Stage, rule: string, says: string, expected: string, { before, peek }: Way): Check =>
  check(rule, says, () => {
    const demand = { rule, expected }
    const played = stage.play({ user: [...before, write, peek, gone] })
    played.demandOk(write, demand)
    played.demandValue(peek, TEXT, demand)
    played.demandClean(demand)
  })
