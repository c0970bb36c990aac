/** Is somebody never coming back, and who? By where the code of a run is that has stood there for long. */
import { fileURLToPath } from 'node:url'
import type { UsageError } from '@barter/core'
import { driverHangs } from '../errors.ts'
import { isOfPlugin, pluginAt } from '../plugins/blame-plugin.ts'
import type { Place } from '../plugins/thrown-at.ts'
import { isInDrivers, type StepLog, type Whereabouts } from './step-log.ts'
import type { StackFrame } from './watchdog-words.ts'

/**
 * **Shape** `frames`: innermost first. `undefined` when no driver is at work: then it is work of ours, which may be long.
 */
export function hangAt(log: StepLog, frames: readonly StackFrame[]): UsageError | undefined {
  const found = pluginAt(frames.flatMap(placeOf))
  const { where } = log
  if (found === undefined && !isInDrivers(where.stage)) return undefined
  const thread = where.path?.at(-1)
  const who = thread === undefined ? undefined : log.nameOf(thread)
  return driverHangs({
    plugin: found?.name,
    seconds: log.patience / 1000,
    when: whenText(where, who),
    place: placeText(frames, found?.place),
  })
}

/** Calls that lead there. */
const MOST_CALLS = 3

function placeText(frames: readonly StackFrame[], inPlugin: Place | undefined): string | undefined {
  const place = inPlugin ?? frames.flatMap(placeOf)[0]
  if (place === undefined) return undefined
  const theirs = frames.filter((frame) =>
    placeOf(frame).some((one) => (inPlugin === undefined ? one.text === place.text : isOfPlugin(one))),
  )
  const calls = theirs.slice(0, MOST_CALLS).flatMap(({ name }) => (name === '' ? [] : [name]))
  return `${place.text}${calls.length === 0 ? '' : ` (${calls.join(', called by ')})`}`
}

function placeOf({ url, position }: StackFrame): readonly Place[] {
  if (!url.startsWith('file:')) return []
  const file = fileURLToPath(url)
  return [{ file, text: `${file}:${position}` }]
}

/** **Shape** `thread`: the name of who took the last step. */
export function whenText({ stage, length }: Whereabouts, thread: string | undefined): string {
  switch (stage) {
    case 'none':
      return 'while the scenario is loaded'
    case 'begin':
      return 'before the first step of a run'
    case 'step':
    case 'run':
      return `in step ${length}${thread === undefined ? '' : `, of ${thread}`}`
    case 'end':
      return 'at the end of a run'
  }
}
