/** What a person can get wrong at the command line: each code once, with the function that builds it. Sorted by code. */
import { nearest, UsageError } from '@barter/core'

export const checkpointBroken = (path: string, why: string): UsageError =>
  new UsageError('CHECKPOINT_BROKEN', `${shown(path)} is no checkpoint: ${why}`, {
    hint: 'give a file that barter explore --checkpoint wrote, or start over',
  })

export const checkpointVersion = (path: string, found: string, wanted: string): UsageError =>
  new UsageError('CHECKPOINT_VERSION', `${shown(path)} was written by version ${shown(found)}, and this is ${wanted}`, {
    hint: 'go on with the version that wrote it, or start over',
  })

export const counterexampleBroken = (path: string, why: string): UsageError =>
  new UsageError('COUNTEREXAMPLE_BROKEN', `${shown(path)} is no counterexample: ${why}`, {
    hint: 'give a file that barter explore -o wrote, or a token that it printed, with its scenario',
  })

export const deviceUnknown = (text: string, known: readonly string[]): UsageError =>
  new UsageError('DEVICE_UNKNOWN', `this machine has no PCI function ${shown(text)}`, {
    hint: nearest(text, known) ?? `it has ${known.length} functions; --json lists them all`,
  })

export const exampleUnknown = (word: string): UsageError =>
  new UsageError('EXAMPLE_UNKNOWN', `no example has ${shown(word)} in its name, its title or its rules`, {
    hint: 'barter run --list shows them all',
  })

export const examplesMissing = (): UsageError =>
  new UsageError('EXAMPLES_MISSING', 'the scenarios that come along are not there', {
    hint: 'install the package again, or run it in a clone of the repository',
  })

export const folderExists = (path: string): UsageError =>
  new UsageError('FOLDER_EXISTS', `${shown(path)} is there already`, {
    hint: 'choose another name or another --dir; nothing is written over',
  })

export const inputInvalid = (input: string, why: string): UsageError =>
  new UsageError('INPUT_INVALID', `${input} ${why}`, {
    hint: 'give files, or pipe one capture in: lspci -vvv | barter inspect -',
  })

export const optionInvalid = (option: string, why: string, hint: string): UsageError =>
  new UsageError('OPTION_INVALID', `${option} ${why}`, { hint })

export const outputExists = (path: string): UsageError =>
  new UsageError('OUTPUT_EXISTS', `${shown(path)} is there already`, {
    hint: 'choose another name, or write over it with --force',
  })

export const outputFailed = (path: string, why: string, hint: string, cause?: unknown): UsageError =>
  new UsageError('OUTPUT_FAILED', `${shown(path)} cannot be written: ${why}`, { hint, cause })

const WHAT_A_PLUGIN_IS = 'a plugin is a module whose default export is a function that returns { name, apply }'

export const pluginBroken = (name: string, why: string, cause?: unknown, hint = WHAT_A_PLUGIN_IS): UsageError =>
  new UsageError('PLUGIN_BROKEN', `plugin ${shown(name)} cannot be loaded: ${why}`, {
    hint,
    plugin: name,
    cause,
  })

export const pluginName = (name: string, why: string, hint: string): UsageError =>
  new UsageError('PLUGIN_NAME', `${shown(name)} cannot be the name of a driver: ${why}`, { hint })

export interface Thrown {
  readonly name: string
  readonly what: string
  /** Of its code, if that is known. */
  readonly place?: string
  /** It was thrown by somebody else, whom the plugin called there. */
  readonly isCalled?: boolean
  readonly cause: unknown
}

export const pluginThrew = ({ name, what, place, isCalled = false, cause }: Thrown): UsageError =>
  new UsageError('PLUGIN_THREW', `plugin ${shown(name)} threw an exception: ${what}`, {
    hint: `${whereThrown(place, isCalled)}, --debug says more`,
    plugin: name,
    cause,
  })

function whereThrown(place: string | undefined, isCalled: boolean): string {
  if (place === undefined) return 'let it throw an Error'
  return isCalled
    ? `it comes from what is called at ${place}; look at what is given there`
    : `it comes from ${place}; mend the plugin there`
}

export const pluginUnknown = (name: string, known: readonly string[], looked: readonly string[]): UsageError =>
  new UsageError('PLUGIN_UNKNOWN', `there is no plugin ${shown(name)}`, {
    hint: /^[./]/.test(name)
      ? `a path starts from ${looked.join(' or ')}; name the module itself, no folder`
      : (nearest(name, known) ??
        meant(name, known) ??
        `install the package in ${looked.join(' or ')}, or name one of ours: ${known.join(', ')}`),
    plugin: name,
  })

/** A driver is called as the plugin that has it, without what it is for. */
function meant(name: string, known: readonly string[]): string | undefined {
  const longer = known.find((one) => one.endsWith(`-${name}`))
  return longer === undefined ? undefined : `did you mean ${longer}?`
}

export const rulesMissing = (): UsageError =>
  new UsageError('RULES_MISSING', 'the list of rules is not there', {
    hint: 'install the package again, or run it in a clone of the repository',
  })

export const ruleUnknown = (text: string, near: readonly string[], families: readonly string[]): UsageError =>
  new UsageError('RULE_UNKNOWN', `there is no rule ${shown(text)}`, {
    hint:
      near.length > 0
        ? `near it are ${near.join(', ')}; the name of the family alone lists all of it`
        : `the families of rules are ${families.join(', ')}; the name of one lists its rules`,
  })

export const scenarioInvalid = (message: string, count: number): UsageError =>
  new UsageError('SCENARIO_INVALID', message, {
    ...(count === 0 ? {} : { hint: `${count} more of the kind; mend these first` }),
  })

/** **Shape** `names`: of the examples, which can be run without a path. */
export const scenarioMissing = (path: string, names: readonly string[]): UsageError =>
  new UsageError('SCENARIO_MISSING', `there is no scenario file ${shown(path)}, and no example of that name`, {
    hint: nearest(path, names) ?? 'check the path; barter run --list shows the examples',
  })

export const scenarioUnreadable = (path: string, why: string, hint: string, cause?: unknown): UsageError =>
  new UsageError('SCENARIO_UNREADABLE', `scenario ${shown(path)} ${why}`, { hint, cause })

export const workerDied = (name: string, why: string, cause?: unknown): UsageError =>
  new UsageError('WORKER_DIED', `${name} died: ${why}`, {
    hint: 'explore with fewer workers, or without --workers to see where it comes from',
    cause,
  })

/** Text from outside, cut and without control characters, as it may go to a terminal. */
export function shown(text: string): string {
  const clean = JSON.stringify(text.length > 100 ? `${text.slice(0, 97)}...` : text)
  const inner = clean.slice(1, -1)
  return /^[\w./:@+~-]+$/.test(inner) ? inner : clean
}
