/** A request of the ioctl VFIO_DEVICE_FEATURE as it lies in user memory, and the checks that all features share (VFIO-3). */
import { type ExportRequest, KernelError } from '@barter/core'
import type { ExportRange } from './export-ranges.ts'

export const FEATURE_LOW_POWER_ENTRY = 3
export const FEATURE_LOW_POWER_ENTRY_WITH_WAKEUP = 4
export const FEATURE_LOW_POWER_EXIT = 5
export const FEATURE_DMA_BUF = 11

/** Bytes of the header, of what follows it for a dma-buf, and of each range after that. */
export const HEADER_BYTES = 8
export const DMA_BUF_BYTES = 16
export const RANGE_BYTES = 16

export interface FeatureRequest {
  readonly feature: number
  readonly get: boolean
  readonly set: boolean
  readonly probe: boolean
  /** A bit is set that means nothing. */
  readonly unknownFlag: boolean
  /** How long the caller says the request is. **Units** bytes. */
  readonly argsz: number
  /** How many bytes of it can be read before user memory ends. */
  readonly readable: number
  readonly region: number
  readonly flags: number
  readonly nrRanges: number
  /** As many as user memory holds. */
  readonly ranges: readonly ExportRange[]
}

/** A GET of feature 11. User memory ends behind the ranges that are given. */
export function dmaBufRequest({ bar, ranges, flags, nrRanges, argsz }: ExportRequest): FeatureRequest {
  const length = HEADER_BYTES + DMA_BUF_BYTES + RANGE_BYTES * ranges.length
  return {
    feature: FEATURE_DMA_BUF,
    get: true,
    set: false,
    probe: false,
    unknownFlag: false,
    argsz: argsz ?? length,
    readable: length,
    region: bar,
    flags: flags ?? 0,
    nrRanges: nrRanges ?? ranges.length,
    ranges,
  }
}

/** **Errors** EFAULT when user memory ends before `bytes`. */
export function copyFromUser(request: FeatureRequest, bytes: number, rule: string): void {
  if (request.readable < bytes) {
    throw new KernelError('EFAULT', rule, `user memory ends after ${request.readable} of ${bytes} bytes`)
  }
}

/** **Errors** in order: EFAULT, then EINVAL for argsz, for an unknown flag, for GET and SET without PROBE (VFIO-3). */
export function checkHeader(request: FeatureRequest): void {
  copyFromUser(request, HEADER_BYTES, 'VFIO-3')
  if (request.argsz < HEADER_BYTES) throw invalid('VFIO-3', `argsz ${request.argsz} is below ${HEADER_BYTES}`)
  if (request.unknownFlag) throw invalid('VFIO-3', 'an unknown flag is set')
  if (request.get && request.set && !request.probe) throw invalid('VFIO-3', 'GET and SET at once')
}

/**
 * May this feature do what is asked? False: it was only probed, and it may (VFIO-6b).
 * **Errors** EINVAL for an operation it has not (VFIO-6), for none at all or too short a payload (VFIO-6c).
 */
export function checkFeature(request: FeatureRequest, supports: 'get' | 'set', payload: number): boolean {
  const asksOther = supports === 'get' ? request.set : request.get
  if (asksOther) throw invalid('VFIO-6', `feature ${request.feature} can only be ${supports === 'get' ? 'got' : 'set'}`)
  if (request.probe) return false
  if (!request.get && !request.set) throw invalid('VFIO-6c', 'neither GET nor SET nor PROBE')
  if (request.argsz - HEADER_BYTES < payload) throw invalid('VFIO-6c', `argsz ${request.argsz} is too short`)
  return true
}

const invalid = (rule: string, asked: string): KernelError => new KernelError('EINVAL', rule, asked)
