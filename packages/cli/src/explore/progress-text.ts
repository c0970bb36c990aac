/** How far an exploration is, behind the line of progress: rate, states, share, and a guess at the rest. */
import { groupDigits } from '../render/duration.ts'

export interface HowFar {
  /** Run or cut. */
  readonly schedules: number
  /** 0 for strategies that do not look. */
  readonly states: number
  /** From 0 to 1. */
  readonly share: number
  /** Of what: of samples the rest follows; branches of a tree and parts of it are not alike. */
  readonly of: 'samples' | 'tree' | 'parts'
  readonly seconds: number
}

export function progressText({ schedules, states, share, of, seconds }: HowFar): string {
  const rate = Math.round(schedules / Math.max(seconds, 0.001))
  return [
    '',
    `${groupDigits(schedules)} schedules (${groupDigits(rate)}/s)`,
    ...(states > 0 ? [`${groupDigits(states)} states`] : []),
    ...shareText(share, of),
    ...restText(share, of, seconds),
  ].join(', ')
}

function shareText(share: number, of: HowFar['of']): readonly string[] {
  if (share <= 0) return []
  const percent = share < 0.001 ? 'less than 0.1 %' : `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`
  return [of === 'samples' ? percent : of === 'tree' ? `${percent} of the tree` : `${percent} of the parts`]
}

/** Below that share nobody can guess. */
const TOO_SOON = 0.01

function restText(share: number, of: HowFar['of'], seconds: number): readonly string[] {
  if (share <= 0 || (of !== 'samples' && share < TOO_SOON)) return []
  const left = Math.ceil((seconds * (1 - share)) / share)
  return [of === 'samples' ? `about ${timeText(left)} left` : `perhaps ${timeText(left)} left`]
}

const timeText = (seconds: number): string =>
  seconds < 120
    ? `${seconds} s`
    : seconds < 7200
      ? `${Math.round(seconds / 60)} min`
      : `${Math.round(seconds / 3600)} h`
