/** `barter inspect --require A,B=bus-addr`: does a machine have what is needed? For checks in CI. */
import { relative, resolve } from 'node:path'
import { checkRequirement, parseRequirement, type RequirementResult } from '@barter/inspect'
import { optionInvalid } from '../../errors.ts'
import { EXIT, type ExitCode } from '../../exit-code.ts'
import { junit } from '../../formats/junit.ts'
import { sarif } from '../../formats/sarif.ts'
import { inputsLabel } from '../../inputs.ts'
import { ownVersion } from '../../program/own-version.ts'
import { renderRequirements } from '../../render/requirements.ts'
import type { InspectOptions } from './inspect-options.ts'
import type { Screen } from './screen.ts'

/** Formats that show requirements; `text` unless asked. */
const SHOWN = ['text', 'json', 'junit', 'sarif']

/** **Shape** `paths`: the machine, as the person named it. **Errors** `UsageError` `REQUIREMENT_INVALID`, `OPTION_INVALID`. */
export function requireScreen(options: InspectOptions, paths: readonly string[]): Screen {
  const requirements = (options.require ?? []).map(parseRequirement)
  const format = options.format ?? 'text'
  if (requirements.length === 0) {
    throw optionInvalid('--format', `${format} shows requirements, and there are none`, 'add --require A,B=bus-addr')
  }
  if (!SHOWN.includes(format)) {
    throw optionInvalid(
      '--format',
      `${format} does not show requirements`,
      `with --require it is one of ${SHOWN.join(', ')}`,
    )
  }
  return (topology, { columns, style, cwd }) => {
    const results = requirements.map((requirement) => checkRequirement(topology, requirement))
    const name = inputsLabel(paths.map((path) => (path === '-' ? path : relative(cwd, resolve(cwd, path)) || path)))
    return {
      exit: exitOf(results),
      ...(format === 'junit' || format === 'sarif' ? { foreign: true as const } : {}),
      json: () => ({ schema: 'barter.require/1', machine: name, met: metOf(results), requirements: results }),
      text() {
        if (format === 'junit') return [...junit(results, name)].join('')
        if (format === 'sarif') return sarif(results, name, ownVersion())
        return renderRequirements(results, columns, style)
      },
    }
  }
}

function metOf(results: readonly RequirementResult[]): boolean | 'unknown' {
  if (results.some(({ met }) => met === false)) return false
  return results.some(({ met }) => met === 'unknown') ? 'unknown' : true
}

function exitOf(results: readonly RequirementResult[]): ExitCode {
  const met = metOf(results)
  return met === true ? EXIT.ok : met === false ? EXIT.problem : EXIT.cannotTell
}
