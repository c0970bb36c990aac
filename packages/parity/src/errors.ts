/** What a person can get wrong with recordings. One function per code. */
import { UsageError } from '@barter/core'

export const notARecording = (file: string, why: string, cause?: unknown): UsageError =>
  new UsageError('RECORDING_UNKNOWN', `${file} ${why}`, {
    hint: 'give a recording in the format barter-observation/1, or a folder of them',
    ...(cause === undefined ? {} : { cause }),
  })

export const recordingBroken = (file: string, place: string, wanted: string): UsageError =>
  new UsageError('RECORDING_BROKEN', `${file}: ${place} must be ${wanted}`, {
    hint: 'the README beside the recordings describes the format',
  })
