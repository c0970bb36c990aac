/** What must hold at the end, held against what happened. */
import type { Expectation, ExpectationResult, Violation } from '@barter/core'
import type { ActorRecords } from '../session/session.ts'

export function evaluate(
  expectation: Expectation,
  actors: readonly ActorRecords[],
  violations: readonly Violation[],
): ExpectationResult {
  return { expectation, ...verdictOn(expectation, actors, violations) }
}

type Verdict = Pick<ExpectationResult, 'met' | 'why'>

function verdictOn(
  expectation: Expectation,
  actors: readonly ActorRecords[],
  violations: readonly Violation[],
): Verdict {
  switch (expectation.kind) {
    case 'no-violation': {
      const { invariant } = expectation
      const found = violations.filter((one) => invariant === undefined || one.invariant === invariant)
      return found.length === 0
        ? { met: true, why: `no violation${invariant === undefined ? '' : ` of ${invariant}`}` }
        : { met: false, why: found.map((one) => `${one.invariant}: ${one.message}`).join('; ') }
    }
    case 'violation': {
      const found = violations.find((one) => one.invariant === expectation.invariant)
      return found === undefined
        ? { met: false, why: `no violation of ${expectation.invariant} was found` }
        : { met: true, why: found.message }
    }
    case 'all-finish': {
      const stuck = actors.filter((one) => !one.finished).map((one) => one.actor)
      return stuck.length === 0
        ? { met: true, why: 'everybody finished' }
        : { met: false, why: `${stuck.join(', ')} did not finish` }
    }
    case 'usual-order':
      return { met: true, why: 'a run is held to what its steps say; other orders are not' }
    case 'blocks': {
      const result = blockedStepOf(actors, expectation.actor)?.result
      return result?.kind === 'blocked'
        ? { met: true, why: result.why }
        : { met: false, why: `${expectation.actor} is not blocked` }
    }
  }
}

const blockedStepOf = (actors: readonly ActorRecords[], name: string) =>
  actors.find((one) => one.actor === name)?.steps.find((step) => step.result.kind === 'blocked')
