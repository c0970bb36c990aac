/** What the oracle found: data in a report, never thrown. Names both parties. */
export interface Party {
  /** Thread or device that acted. */
  readonly who: string
  readonly what: string
  readonly tick: number
  readonly seq: number
}

export interface Violation {
  /** `INV-1` … of behaviour.md section 9. */
  readonly invariant: string
  /** The rule that was to prevent it. */
  readonly rule: string
  readonly message: string
  /** The one who touched, blocked or mapped. */
  readonly actor: Party
  /** When the mapping was made, who revoked it, what made the device dark: the other side, in order of time. */
  readonly parties: readonly Party[]
}
