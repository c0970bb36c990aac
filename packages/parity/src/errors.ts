/** What a person can get wrong with recordings. One function per code. */
import { UsageError } from '@barter/core'

export const nothingToReplay = (path: string): UsageError =>
  new UsageError('RECORDING_MISSING', `there is no recording in ${path}`, {
    hint: 'give a recording in the format barter-observation/1, or a folder of them',
  })

export const notARecording = (file: string, why: string, cause?: unknown): UsageError =>
  new UsageError('RECORDING_UNKNOWN', `${file} ${why}`, {
    hint: 'give a recording in the format barter-observation/1, or a folder of them',
    ...(cause === undefined ? {} : { cause }),
  })

export const recordingBroken = (file: string, place: string, wanted: string): UsageError =>
  new UsageError('RECORDING_BROKEN', `${file}: ${place} must be ${wanted}`, {
    hint: 'the README beside the recordings describes the format',
  })

/** A step of a recording that reads well and means nothing: it names what nobody made, or says what cannot be said. */
export const recordingMeaningless = (recording: string, step: number, why: string): UsageError =>
  new UsageError('RECORDING_STEP', `${recording}: steps[${step}] ${why}`, {
    hint: 'steps name roles, functions, and what earlier steps made',
  })
