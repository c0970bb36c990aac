/** How a list of named steps is edited. Each edit says when the list has no such step, so that none goes stale unseen. */

interface Named {
  readonly name: string
}

/** Where the first step of that name stands. **Errors** when there is none. */
function placeOf(list: readonly Named[], name: string): number {
  const at = list.findIndex((step) => step.name === name)
  if (at < 0) throw new Error(`there is no step ${name} in ${list.map((step) => step.name).join(', ')}`)
  return at
}

/** The first step of each name left out. */
export function without<T extends Named>(list: readonly T[], ...names: readonly string[]): readonly T[] {
  return names.reduce((left, name) => {
    const at = placeOf(left, name)
    return [...left.slice(0, at), ...left.slice(at + 1)]
  }, list)
}

/** The first step called `name` taken out and put behind the first one called `after`. */
export function movedBehind<T extends Named>(list: readonly T[], name: string, after: string): readonly T[] {
  const moved = list.slice(placeOf(list, name), placeOf(list, name) + 1)
  const left = without(list, name)
  const at = placeOf(left, after) + 1
  return [...left.slice(0, at), ...moved, ...left.slice(at)]
}

/** Another step in the place of the first one called `name`. */
export function replaced<T extends Named>(list: readonly T[], name: string, by: T): readonly T[] {
  const at = placeOf(list, name)
  return [...list.slice(0, at), by, ...list.slice(at + 1)]
}

/** One more step right behind the first one called `after`. */
export function addedBehind<T extends Named>(list: readonly T[], after: string, step: T): readonly T[] {
  const at = placeOf(list, after) + 1
  return [...list.slice(0, at), step, ...list.slice(at)]
}
