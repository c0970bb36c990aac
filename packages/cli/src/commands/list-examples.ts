/** `barter run --list`: the scenarios that come along, in the order of the tour. */
import { exampleUnknown } from '../errors.ts'
import { type Chapter, readTour } from '../examples/tour.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { examplesJson, renderExamples } from '../render/examples.ts'
import type { Terminal } from '../terminal.ts'

/** **Shape** `word`: only those that have it. **Errors** `UsageError` `EXAMPLES_MISSING`, `EXAMPLE_UNKNOWN`. */
export async function listExamples(
  word: string | undefined,
  json: boolean,
  { out, columns, style }: Terminal,
): Promise<ExitCode> {
  const tour = await readTour()
  const chapters = word === undefined ? tour : having(tour, word)
  if (word !== undefined && chapters.length === 0) throw exampleUnknown(word)
  out(json ? examplesJson(chapters) : renderExamples(chapters, columns, style))
  return EXIT.ok
}

/** In the name, the folder, the title, among the rules that it shows, or as a word of what it is about. */
function having(tour: readonly Chapter[], word: string): readonly Chapter[] {
  const wanted = word.toLowerCase()
  return tour.flatMap(({ title, examples }) => {
    const found = examples.filter(
      ({ file, title: own, shows, about }) =>
        shows.some((rule) => rule.toLowerCase() === wanted) ||
        [file, own].some((text) => text.toLowerCase().includes(wanted)) ||
        wordsOf(about).includes(wanted),
    )
    return found.length === 0 ? [] : [{ title, examples: found }]
  })
}

const wordsOf = (text: string): readonly string[] => text.toLowerCase().split(/[^\w.-]+/)
