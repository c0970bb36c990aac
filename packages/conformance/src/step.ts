/** Steps of a scenario, written short. */
import type { Actor, Expected, Step, StepValue } from '@barter/core'

/** A word of a driver, said on an import or on an open device. */
export interface Word {
  readonly verb: string
  readonly args?: Readonly<Record<string, StepValue>>
}

type Arguments = { readonly as?: string; readonly expect?: Expected | readonly Expected[] } & Readonly<
  Record<string, StepValue>
>

/** `step('export', 'nvme', { bar: 0, as: 'buf' })` */
export function step(verb: string, target: string, { as, expect: wanted, ...args }: Arguments = {}): Step {
  const expected: readonly Expected[] | undefined = typeof wanted === 'string' ? [wanted] : wanted
  return {
    verb,
    target,
    args,
    ...(as === undefined ? {} : { as }),
    ...(expected === undefined ? {} : { expect: expected }),
  }
}

const ANY = ['ok', 'error', 'ENODEV', 'EINVAL', 'ENOMEM', 'EOPNOTSUPP', 'EIO', 'EEXIST'] as const

/** A step that may end in any way that a driver answers. */
export const freely = (one: Step): Step => ({ ...one, expect: ANY })

/** A read of an import that has to give this text. */
export const reads = (as: string, text: string, offset = 0): Step =>
  step('read', as, { offset, length: text.length, expectData: text })

/** Actors of one process, so that they name each other's things; `admin` has one of its own. */
export const actorsOf = (steps: Readonly<Record<string, readonly Step[]>>): readonly Actor[] =>
  Object.entries(steps).map(([name, each]) => ({ name, steps: each, process: name === 'admin' ? name : 'user' }))
