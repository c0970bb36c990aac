/**
 * Which copies of this package a process has loaded. With two of them nothing fails at once: the errors and buffers of the one
 * are none to the other, so that a refusal goes through who would have caught it, and what a run then finds is not true.
 */
const KEY = Symbol.for('@barter/core: copies')

const found = globalThis as unknown as { [KEY]?: Set<string> }
const copies = (found[KEY] ??= new Set())
// Core has no types of Node; every module of ES has its URL.
copies.add((import.meta as unknown as { readonly url: string }).url)

/** By the URL of a module of each, in the order in which they were loaded. */
export const coreCopies: ReadonlySet<string> = copies
