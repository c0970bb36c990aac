/**
 * Contents of a BAR or of RAM: zeros, but for what was written.
 *
 * Kept as runs and not as pages: a write of one pattern over many GiB is one run, so that nothing is ever per page.
 */
interface Run {
  start: number
  end: number
  /** The byte at `start + i` is `data[(phase + i) mod data.length]`. */
  readonly data: Uint8Array
  phase: number
}

export class SparseBytes {
  /** In order of address, none overlapping. */
  #runs: Run[] = []

  /** `data` repeats over `length`; `phase` says with which byte of it to begin. **Units** bytes. */
  write(at: number, length: number, data: Uint8Array, phase = 0): void {
    if (length === 0 || data.length === 0) return
    const end = at + length
    const first = this.#firstEndingAfter(at)
    let last = first
    const kept: Run[] = []
    for (; last < this.#runs.length; last++) {
      const run = this.#runs[last]
      if (run === undefined || run.start >= end) break
      if (run.start < at) kept.push({ ...run, end: at })
    }
    kept.push({ start: at, end, data: data.slice(), phase: phase % data.length })
    const tail = this.#runs[last - 1]
    if (last > first && tail !== undefined && tail.end > end) {
      kept.push({ ...tail, start: end, phase: (tail.phase + end - tail.start) % tail.data.length })
    }
    this.#runs.splice(first, last - first, ...kept)
  }

  read(at: number, length: number): Uint8Array {
    const into = new Uint8Array(length)
    this.readInto(into, at)
    return into
  }

  /** Fill `into`, with zeros where nothing was written. */
  readInto(into: Uint8Array, at: number): void {
    into.fill(0)
    const end = at + into.length
    for (let i = this.#firstEndingAfter(at); i < this.#runs.length; i++) {
      const run = this.#runs[i]
      if (run === undefined || run.start >= end) return
      const from = Math.max(run.start, at)
      const to = Math.min(run.end, end)
      let next = (run.phase + from - run.start) % run.data.length
      for (let address = from; address < to; address++) {
        into[address - at] = run.data[next] ?? 0
        next = next + 1 === run.data.length ? 0 : next + 1
      }
    }
  }

  #firstEndingAfter(at: number): number {
    let low = 0
    let high = this.#runs.length
    while (low < high) {
      const middle = Math.floor((low + high) / 2)
      if ((this.#runs[middle]?.end ?? Infinity) > at) high = middle
      else low = middle + 1
    }
    return low
  }
}
