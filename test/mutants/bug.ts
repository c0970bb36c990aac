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
  /** A second correct system, where the story's own differs from the mutant by more than the mutation. */
  readonly right?: House
}

export interface Bug {
  /** `BUG-50` */
  readonly id: string
  readonly mutations: readonly Mutation[]
}

export const bug = (id: string, ...mutations: readonly Mutation[]): Bug => ({ id, mutations })
