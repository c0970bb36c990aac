/**
 * Runs a schedule once more, keeping every event. What was found may not come back if a plugin is not a function of what it
 * observed: then the report says so, and covers as much of the schedule as can be run.
 */
import { type Explorable, type Report, UsageError, type Violation } from '@barter/core'
import { tokenBroken } from './errors.ts'
import { isNondeterminism, type Nondeterminism, nondeterminismSeenOnce } from './nondeterminism.ts'
import { ToldRun } from './told-run.ts'
import { searchPair } from './twice.ts'

/** **Shape** `found`: what the search found in it, if that was not a violation of an invariant. */
export function replayFound(subject: Explorable, schedule: readonly number[], found?: Violation): Report {
  if (found !== undefined && isNondeterminism(found)) return withViolation(longest(subject, schedule), found)
  return (
    attempted(subject, schedule) ??
    withViolation(
      longest(subject, schedule),
      searchPair(subject, schedule) ?? nondeterminismSeenOnce(schedule.length, 'the search could run it to its end'),
    )
  )
}

/**
 * As a person asks for it, from a token: two runs of it are compared as well.
 * **Errors** `UsageError` `TOKEN_BROKEN` when it never comes to its end.
 */
export function replaySchedule(subject: Explorable, schedule: readonly number[]): Report {
  const report = attempted(subject, schedule)
  const parted = searchPair(subject, schedule, report === undefined ? undefined : 1)
  if (parted !== undefined) return withViolation(report ?? longest(subject, schedule), parted)
  if (report === undefined) throw tokenBroken(refusal(subject, schedule))
  return report
}

/** Which of its steps cannot be taken, and why. */
function refusal(subject: Explorable, schedule: readonly number[]): string {
  const told = new ToldRun(subject)
  told.follow(schedule)
  const last = told.marks.at(-1)
  return `step ${told.marks.length - 1}: ${last?.name ?? 'nobody'} ${last?.stands ?? 'cannot take it'}`
}

/** **Shape** gives `undefined` when a thread could not go on. */
function attempted(subject: Explorable, schedule: readonly number[]): Report | undefined {
  try {
    return subject.replay(schedule)
  } catch (error) {
    if (error instanceof UsageError && error.code === 'STRATEGY_CHOICE') return undefined
    throw error
  }
}

/** Roughly the longest prefix of it that can be run. */
function longest(subject: Explorable, schedule: readonly number[]): Report {
  for (let length = schedule.length; length > 0; length = length > NEAR ? length >> 1 : length - 1) {
    for (const end of [length, length - 1]) {
      const report = attempted(subject, schedule.slice(0, end))
      if (report !== undefined) return report
    }
  }
  return subject.replay([])
}

const NEAR = 16

/** The report, with the difference from the run before as its last event. */
function withViolation(report: Report, found: Nondeterminism): Report {
  const tick = report.ticks
  const seq = (report.events.at(-1)?.seq ?? -1) + 1
  const violation = {
    ...found,
    actor: { ...found.actor, tick, seq },
    parties: found.parties.map((party) => ({ ...party, tick, seq })),
  }
  return {
    ...report,
    verdict: 'fail',
    expectations: report.expectations.map((one) =>
      one.expectation.kind === 'no-violation' && one.expectation.invariant === undefined
        ? { ...one, met: false, why: `${violation.invariant}: ${violation.message}` }
        : one,
    ),
    violations: [...report.violations, violation],
    events: [...report.events, { kind: 'violation', violation, seq, tick, task: violation.actor.who }],
  }
}
