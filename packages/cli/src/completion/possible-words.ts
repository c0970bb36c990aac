/** Which words may come next on a command line, as far as it is typed. */
import type { Command, Option } from 'commander'
import { FILES, SHELL_SCRIPTS } from './shell-scripts.ts'

/** What costs more than looking at the commands; called only when it is asked for. */
export interface WordSources {
  /** Names of the devices of the captures given, or of this machine. */
  devices(paths: readonly string[]): Promise<readonly string[]>
  /** Ids of rules. */
  rules(): Promise<readonly string[]>
}

/** Options whose value is a list of devices. */
const OF_DEVICES: readonly string[] = ['--pair', '--want', '--require', '--device']

/**
 * **Shape** `typed`: the words after `barter`, the last one being what is typed of the word in question. The answer holds
 * whole words, or `FILES` alone.
 */
export async function possibleWords(
  program: Command,
  typed: readonly string[],
  sources: WordSources,
): Promise<readonly string[]> {
  const word = typed.at(-1) ?? ''
  const before = typed.slice(0, -1)
  const command = program.commands.find((one) => one.name() === before[0])
  if (command === undefined) return before.length > 0 ? [] : starting(firstWords(program, word), word)
  const options = command.options.filter((option) => !option.hidden)
  const asked = valueAsked(options, before.at(-1) ?? '', word)
  if (asked !== undefined) return valuesOf(asked, operands(options, before.slice(1)), sources)
  if (word.startsWith('-')) return starting(['--help', ...options.map(({ long }) => long ?? '')].sort(), word)
  if (command.name() === 'explain') return starting(await sources.rules(), word.toUpperCase())
  if (command.name() === 'completion') return starting(Object.keys(SHELL_SCRIPTS), word)
  return command.registeredArguments.length > 0 ? [FILES] : []
}

const firstWords = (program: Command, word: string): readonly string[] =>
  word.startsWith('-') ? ['--help', '--version'] : program.commands.map((command) => command.name())

interface ValueAsked {
  readonly option: Option
  /** What stands before the value in the same word: `--pair=`, or nothing. */
  readonly head: string
  readonly text: string
}

function valueAsked(options: readonly Option[], last: string, word: string): ValueAsked | undefined {
  const takes = (name: string): Option | undefined =>
    options.find((option) => (option.long === name || option.short === name) && (option.required || option.optional))
  const equals = word.startsWith('--') ? word.indexOf('=') : -1
  const joined = equals < 0 ? undefined : takes(word.slice(0, equals))
  if (joined !== undefined) return { option: joined, head: word.slice(0, equals + 1), text: word.slice(equals + 1) }
  const option = takes(last)
  return option === undefined ? undefined : { option, head: '', text: word }
}

async function valuesOf(
  { option, head, text }: ValueAsked,
  paths: readonly string[],
  sources: WordSources,
): Promise<readonly string[]> {
  const whole = (values: readonly string[]): readonly string[] => values.map((value) => `${head}${value}`)
  if (option.argChoices !== undefined) return whole(starting(option.argChoices, text))
  if (!OF_DEVICES.includes(option.long ?? '')) return /file|dir|path/i.test(option.flags) ? [FILES] : []
  const comma = text.lastIndexOf(',') + 1
  const given = text.slice(0, comma)
  const devices = (await sources.devices(paths)).filter((name) => !given.split(',').includes(name))
  return whole(starting(devices, text.slice(comma)).map((name) => `${given}${name}`))
}

/** Words that are neither options nor their values. */
function operands(options: readonly Option[], words: readonly string[]): readonly string[] {
  const valued = options.filter(({ required }) => required).flatMap(({ long, short }) => [long, short])
  return words.filter((word, i) => !word.startsWith('-') && (i === 0 || !valued.includes(words[i - 1])))
}

const starting = (words: readonly string[], start: string): readonly string[] =>
  words.filter((word) => word !== '' && word.startsWith(start))
