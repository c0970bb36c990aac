/** What the oracle found: data in a report, never thrown. Names both parties. */
export interface Party {
  /** Thread or device that acted. */
  readonly who: string
  readonly what: string
  readonly tick: number
  readonly seq: number
}

/** In place of an invariant: a step did not end as the scenario says, in a schedule that somebody chose. */
export const UNMET = 'expectation'
/** In place of a rule: nothing in the kernel decided how it ended. */
export const NO_RULE = 'expect'

export interface Violation {
  /** `INV-1` … of behaviour.md section 9; or `expectation`, `determinism`, which have no number. */
  readonly invariant: string
  /** The rule that was to prevent it. */
  readonly rule: string
  readonly message: string
  /** The one who touched, blocked or mapped. */
  readonly actor: Party
  /** When the mapping was made, who revoked it, what made the device dark: the other side, in order of time. */
  readonly parties: readonly Party[]
}
