/** How long the PCI core waits for hardware. **Units** ticks (microseconds). */
export interface PciTiming {
  /** After a function level reset, before the first question (TRG-21). */
  readonly resetSettle: number
  /** How long a silent function is asked again, with twice the pause each time. */
  readonly readyLimit: number
  /** The secondary bus reset bit stays set for so long. */
  readonly busResetHold: number
  readonly intoOrOutOfD3: number
  readonly intoOrOutOfD2: number
}

/** As Linux and the PCI specification have it. */
export const PCI_TIMING: PciTiming = {
  resetSettle: 100_000,
  readyLimit: 60_000_000,
  busResetHold: 2_000,
  intoOrOutOfD3: 10_000,
  intoOrOutOfD2: 200,
}
