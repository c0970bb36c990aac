/** The scenarios that come along: in the repository, or in the package when it was packed. */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { examplesMissing } from '../errors.ts'

const PLACES = ['../../examples/', '../../../../examples/']
const MARK = 'tour.yaml'

/** **Errors** `UsageError` `EXAMPLES_MISSING`. */
export function examplesFolder(): string {
  const found = findExamplesFolder()
  if (found === undefined) throw examplesMissing()
  return found
}

/** `undefined` when they are not there. */
export function findExamplesFolder(): string | undefined {
  const places = PLACES.map((place) => fileURLToPath(new URL(place, import.meta.url)))
  return places.find((place) => existsSync(`${place}${MARK}`))
}
