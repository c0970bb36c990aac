/** The guided tour: which scenarios come along, in reading order, and what each says of itself. */
import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { parse } from 'yaml'
import type { ScenarioFile } from '../scenario/scenario-file.ts'
import { examplesFolder, findExamplesFolder } from './examples-folder.ts'

interface Example {
  /** As `barter run` takes it. */
  readonly name: string
  /** Below the folder of examples. */
  readonly file: string
  /** The story in a sentence. */
  readonly title: string
  /** Why anyone cares. */
  readonly about: string
  /** Rules that it shows to a reader. */
  readonly shows: readonly string[]
}

export interface Chapter {
  readonly title: string
  readonly examples: readonly Example[]
}

/** As `tour.yaml` has it. */
interface WrittenChapter {
  readonly title: string
  readonly scenarios: readonly string[]
}

/** **Errors** `UsageError` `EXAMPLES_MISSING`. */
export async function readTour(): Promise<readonly Chapter[]> {
  const folder = examplesFolder()
  return await Promise.all(
    (await chaptersIn(folder)).map(async ({ title, scenarios }) => ({
      title,
      examples: await Promise.all(scenarios.map((file) => readExample(folder, file))),
    })),
  )
}

/** The file of an example by its name, with or without its folder; `undefined` when there is no such. */
export async function exampleFile(name: string): Promise<string | undefined> {
  const folder = findExamplesFolder()
  if (folder === undefined) return undefined
  const file = (await filesIn(folder)).find((one) => one === `${name}.yaml` || nameOf(one) === name)
  return file === undefined ? undefined : join(folder, file)
}

/** Names as `barter run` takes them. */
export async function exampleNames(): Promise<readonly string[]> {
  const folder = findExamplesFolder()
  return folder === undefined ? [] : (await filesIn(folder)).map(nameOf)
}

const filesIn = async (folder: string): Promise<readonly string[]> =>
  (await chaptersIn(folder)).flatMap(({ scenarios }) => scenarios)

const chaptersIn = async (folder: string): Promise<readonly WrittenChapter[]> =>
  parse(await readFile(join(folder, 'tour.yaml'), 'utf8')) as readonly WrittenChapter[]

async function readExample(folder: string, file: string): Promise<Example> {
  const { title, about = '', shows = [] } = parse(await readFile(join(folder, file), 'utf8')) as ScenarioFile
  return { name: nameOf(file), file, title, about: about.trim(), shows }
}

const nameOf = (file: string): string => basename(file, '.yaml')
