/** What a person may ask of `barter inspect`, as commander hands it over. */
export interface InspectOptions {
  readonly pair?: string
  readonly want?: string
  readonly kernel?: string
  readonly whatIf?: readonly string[]
  readonly tree?: boolean
  readonly all?: boolean
  readonly class?: readonly string[]
  readonly device?: readonly string[]
  readonly labels?: boolean
  readonly cpu?: string
  readonly require?: readonly string[]
  readonly format?: string
  readonly output?: string
  readonly fleet?: boolean
  readonly jobs?: string
  readonly json?: boolean
}
