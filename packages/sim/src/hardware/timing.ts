/** How long the modelled hardware needs for what takes time. */
export interface HardwareTiming {
  /** **Units** ticks from the write of the FLR bit until the function answers again (HAZ-4); the kernel waits 100 ms. */
  readonly functionReset: number
  /** **Units** ticks from the end of a secondary bus reset until the functions below answer again. */
  readonly secondaryBusReset: number
  /** **Units** ticks that a function which resets on the way from D3hot to D0 does not answer. 0: it is ready at once. */
  readonly powerUp: number
}

export const DEFAULT_TIMING: HardwareTiming = { functionReset: 60_000, secondaryBusReset: 100_000, powerUp: 0 }
