/** Numbers from 1 on, for names: each of them once in a run. */
import type { Kernel } from './kernel.ts'

/** **Shape** `what` is numbered, for explorers: who is given which number depends on who comes first. */
export function numbering(kernel: Kernel, what: string): () => number {
  const given = kernel.shared(`number of ${what}`)
  let last = 0
  return () => {
    given.readValue(last)
    last++
    given.writeValue(last)
    return last
  }
}
