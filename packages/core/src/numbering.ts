/** Numbers from 1 on, for names: each of them once in a run. */
import type { Kernel } from './kernel.ts'
import { SharedCount } from './shared-count.ts'

/** **Shape** `what` is numbered, for explorers: who is given which number depends on who comes first. */
export function numbering(kernel: Kernel, what: string): () => number {
  const given = new SharedCount(kernel, `number of ${what}`)
  return () => given.change(1)
}
