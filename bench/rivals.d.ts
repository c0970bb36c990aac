export interface Round {
  readonly runs: number
  readonly failed: boolean
  readonly nanoseconds: number
  readonly outcomes: readonly string[]
}

export function readRounds(text: string): Round[]
export function childTime(text: string): number
export function readGenmc(text: string): { executions: number; blocked: number; failed: boolean }
export function reasonOf(text: string): string
