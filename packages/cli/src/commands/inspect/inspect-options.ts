/** What a person may ask of `barter inspect`, as commander hands it over. */
export interface InspectOptions {
  readonly pair?: string
  readonly tree?: boolean
  readonly all?: boolean
  readonly class?: readonly string[]
  readonly device?: readonly string[]
  readonly labels?: boolean
  readonly cpu?: string
  readonly json?: boolean
}
