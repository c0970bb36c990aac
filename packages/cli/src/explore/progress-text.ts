/** The text of the progress line: rate, states, share, and an estimate of the time left. */
import { groupDigits } from '../render/duration.ts'

export interface HowFar {
  /** Run or cut. */
  readonly schedules: number
  /** 0 for strategies that do not look. */
  readonly states: number
  /** From 0 to 1. */
  readonly share: number
  /** What the share is of: for samples the time left follows from it; branches and parts of a tree differ in size. */
  readonly of: 'samples' | 'tree' | 'parts'
  readonly seconds: number
}

/** The most telling comes first, as a narrow terminal shows only the beginning. */
export function progressText({ schedules, states, share, of, seconds }: HowFar): string {
  return [
    '',
    ...shareText(share, of),
    ...restText(share, of, seconds),
    ...(states > 0 ? [`${groupDigits(states)} states`] : []),
    `${groupDigits(schedules)} schedule${schedules === 1 ? '' : 's'} (${rateText(schedules, seconds)}/s)`,
  ].join(', ')
}

/** The same in few words, for a terminal of 80 columns. */
export function shortProgressText({ schedules, states, share, of, seconds }: HowFar): string {
  const [part] = shareText(share, of)
  const [left] = restText(share, of, seconds)
  return [
    '',
    ...(part === undefined ? [] : [part.replace('the top of the tree', 'the top')]),
    ...(left === undefined ? [] : [left.replace('less than ', '< ').replace(' left, likely', '')]),
    ...(states > 0 ? [`${groupDigits(states)} states`] : []),
    `${rateText(schedules, seconds)}/s`,
  ].join(', ')
}

function rateText(schedules: number, seconds: number): string {
  const rate = schedules / Math.max(seconds, 0.001)
  return rate < 1 ? '< 1' : groupDigits(Math.round(rate))
}

function shareText(share: number, of: HowFar['of']): readonly string[] {
  if (share <= 0) return []
  const percent = share < 0.001 ? '< 0.1 %' : `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`
  return [of === 'samples' ? percent : `${percent} of the ${of === 'tree' ? 'top of the tree' : 'parts'}`]
}

/** Below this share there is no estimate. */
const TOO_SOON = 0.01

/** Later branches of a tree are shorter, as more of their states are known. */
function restText(share: number, of: HowFar['of'], seconds: number): readonly string[] {
  if (share <= 0 || (of !== 'samples' && share < TOO_SOON)) return []
  const left = timeText(Math.ceil((seconds * (1 - share)) / share))
  return [of === 'samples' ? `about ${left} left` : `less than ${left} left, likely`]
}

const timeText = (seconds: number): string =>
  seconds < 120
    ? `${seconds} s`
    : seconds < 7200
      ? `${Math.round(seconds / 60)} min`
      : `${Math.round(seconds / 3600)} h`
