/** What a person may ask of `barter inspect`, as commander hands it over. */
export interface InspectOptions {
  readonly pair?: string
  readonly all?: boolean
  readonly json?: boolean
}
