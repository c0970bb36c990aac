/** Work on many things at once, with the results in the order of the things and only a few of them held. */

/** **Shape** `width`: how many may be under way or wait for one before them. */
export async function* inOrder<Item, Result>(
  items: Iterable<Item>,
  width: number,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result> {
  const queue: Promise<Result>[] = []
  for (const item of items) {
    queue.push(work(item))
    if (queue.length < width) continue
    const first = queue.shift()
    if (first !== undefined) yield await first
  }
  for (const result of queue) yield await result
}
