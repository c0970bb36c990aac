/** Is somebody never coming back, and who? By where the code of a run is that has stood there for long. */
import { fileURLToPath } from 'node:url'
import { driverHangs, type Hanging, type UsageError } from '@barter/core'
import { shown } from '../errors.ts'
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
  return driverHangs(found === undefined ? 'a driver' : `plugin ${shown(found.name)}`, {
    seconds: log.patience / 1000,
    when: whenText(where, who),
    ...codeOf(frames, found?.place),
  })
}

/** Of a plugin all calls that are its own. */
function codeOf(frames: readonly StackFrame[], inPlugin: Place | undefined): Pick<Hanging, 'place' | 'calls'> {
  const place = inPlugin ?? frames.flatMap(placeOf)[0]
  const isTold = (one: Place): boolean => (inPlugin === undefined ? one.text === place?.text : isOfPlugin(one))
  const told = frames.filter((frame) => placeOf(frame).some(isTold))
  return { place: place?.text, calls: told.flatMap(({ name }) => (name === '' ? [] : [name])) }
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
