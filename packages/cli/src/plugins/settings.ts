/** `--set plugin.option=value`: options of plugins from the command line. */
import { parse } from 'yaml'
import { optionInvalid } from '../errors.ts'
import type { PluginRequest } from './load-plugin.ts'

/** A name may be a path, with dots in it: the option is what comes after the last. */
const SETTING = /^([^=]+)\.([A-Za-z][\w-]*)=(.*)$/s

/** **Shape** values are read as YAML, so `off`, `3`, `[a, b]` and `{a: 1}` are what they look like. */
export function readSettings(settings: readonly string[]): PluginRequest[] {
  return settings.map((setting) => {
    const [, name, option, text] = SETTING.exec(setting) ?? []
    if (name === undefined || option === undefined || text === undefined) {
      throw optionInvalid('--set', `takes plugin.option=value, not ${setting}`, 'as in --set platform-acs.mode=off')
    }
    return { name, options: { [option]: valueOf(text, setting) } }
  })
}

function valueOf(text: string, setting: string): unknown {
  try {
    return parse(text, { logLevel: 'error' })
  } catch {
    throw optionInvalid('--set', `has a value that cannot be read: ${setting}`, 'quote texts with : or # in them')
  }
}
