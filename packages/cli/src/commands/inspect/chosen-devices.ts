/** Whom `--all`, `--class` and `--device` mean. */
import type { DeviceChoice } from '@barter/inspect'
import { optionInvalid } from '../../errors.ts'
import type { InspectOptions } from './inspect-options.ts'

/** **Errors** `UsageError` `OPTION_INVALID` for `--all` beside a narrower choice. */
export function chosenDevices(options: InspectOptions): 'interesting' | 'all' | DeviceChoice {
  const classes = words(options.class)
  const devices = words(options.device)
  if (classes.length === 0 && devices.length === 0) return options.all === true ? 'all' : 'interesting'
  if (options.all === true) {
    throw optionInvalid(
      '--all',
      'and a choice of devices are both there',
      'leave --all out: --class and --device look at every device',
    )
  }
  return { classes, devices }
}

const words = (lists: readonly string[] | undefined): string[] =>
  (lists ?? [])
    .flatMap((list) => list.split(','))
    .map((word) => word.trim())
    .filter((word) => word !== '')
