/**
 * Operations that were made and that nobody let go on, of whatever function: its code is entered once for each that is made, and
 * each time that one goes on. V8 counts both, who lets them go on counts the latter, and what is left over was forgotten.
 */
import { shortened } from './call-place.ts'
import { type EnteredFunction, EntryCounts } from './entry-counts.ts'
import { forgottenCalls } from './forgotten-calls.ts'
import { Resumptions } from './resumptions.ts'
import { isOfPlugin } from './timed.ts'
import { writtenPlace } from './written-place.ts'

const MOST_PLACES = 3

/** Of what `work` did, as `letGo() at src/index.ts:81`: where it is called so, or, where that cannot be told, where it is. */
export function unrunOperations(work: () => void): readonly string[] {
  const unrun: string[] = []
  EntryCounts.of((counts) => {
    const resumptions = new Resumptions()
    let resumed: ReturnType<Resumptions['during']> = []
    const entered = counts.during(() => {
      resumed = resumptions.during(work)
    })
    const left = new Map(entered.map((one) => [one, one.count]))
    const places = counts.placesOf(resumed.map(({ sample }) => sample))
    for (const [i, { script, at }] of places.entries()) {
      const made = innermost(entered, script, at)
      if (made !== undefined) left.set(made, (left.get(made) ?? 0) - (resumed[i]?.entered ?? 0))
    }
    for (const [one, count] of left) {
      if (count > 0 && isGenerator(counts.codeOf(one.script), one)) unrun.push(textOf(one, entered, counts))
    }
  })
  return [...new Set(unrun)]
}

const innermost = (entered: readonly EnteredFunction[], script: string, at: number): EnteredFunction | undefined =>
  entered
    .filter((one) => one.script === script && one.start <= at && at < one.end)
    .reduce<EnteredFunction | undefined>(
      (best, one) => (best === undefined || one.start >= best.start ? one : best),
      undefined,
    )

const isGenerator = (code: string, { start, end }: EnteredFunction): boolean =>
  /^(?:function\s*)?\*/.test(code.slice(start, end))

function textOf(one: EnteredFunction, entered: readonly EnteredFunction[], counts: EntryCounts): string {
  const calls = callsIn([one], one.name, counts)
  const places = calls.length > 0 ? calls : callsIn(entered, one.name, counts)
  const [first = placeOf(one, counts.codeOf(one.script), one.start), ...others] = places
  const more = others.slice(0, MOST_PLACES - 1).map((place) => ` or ${place}`)
  return `${one.name || 'a function*'}() at ${first}${more.join('')}`
}

/** **Shape** `among`: functions of the scripts to look in; those of the plugin are. */
function callsIn(among: readonly EnteredFunction[], name: string, counts: EntryCounts): readonly string[] {
  const scripts = new Map(among.filter(({ url }) => isOfPlugin(url)).map((one) => [one.script, one]))
  return [...scripts.values()].flatMap((one) => {
    const code = counts.codeOf(one.script)
    return [...new Set(forgottenCalls(code, name).map((at) => placeOf({ ...one, name }, code, at)))]
  })
}

function placeOf({ name, url }: EnteredFunction, code: string, at: number): string {
  const place = writtenPlace({ name, url, line: code.slice(0, at).split('\n').length })
  return `${shortened(place.url)}:${place.line}`
}
