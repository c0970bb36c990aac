/** One bug of the catalogue: how it is put into a system, and what has to find it. */
import type { House } from './house.ts'
import type { Story } from './story.ts'

export type Found =
  /** Some schedule of the story breaks this invariant, first of all and before any other. */
  | {
      readonly invariant: string
      /** Where the catalogue names another one: why this one is right. */
      readonly instead?: string
    }
  /** A step ends otherwise than this rule says. */
  | { readonly rule: string }
  /** Nothing is wrong then, or nobody could see it. */
  | { readonly never: string }

export interface Mutation {
  /** As a clause: `revoke: importers are told before the flag is up`. */
  readonly what: string
  readonly story: Story
  /** What differs from the correct system of the story. */
  readonly wrong: House
  readonly found: Found
  /** What the correct system is told, where it knows no such story. */
  readonly beside?: Story
}

/** Nothing that could be mutated. */
export interface Beyond {
  readonly what: string
  /** Why not. */
  readonly beyond: string
}

/** A defect of the real kernel, which is a switch of the model with a scenario of its own. */
export interface KernelDefect {
  /** In `examples/findings`; has the switch on, and expects the defect. */
  readonly file: string
  readonly found: Found
}

export interface Bug {
  /** `BUG-50` */
  readonly id: string
  readonly mutations: readonly (Mutation | KernelDefect | Beyond)[]
}

export const bug = (id: string, ...mutations: readonly (Mutation | KernelDefect | Beyond)[]): Bug => ({ id, mutations })
