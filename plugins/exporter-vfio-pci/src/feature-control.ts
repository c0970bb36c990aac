/** The control `feature`: VFIO_DEVICE_FEATURE with every field in the caller's hands (VFIO-1 to VFIO-12). */
import { KernelError, type Op, type StepValue } from '@barter/core'
import type { ControlArguments } from './control-arguments.ts'
import { exportBuffer } from './export-buffer.ts'
import {
  checkFeature,
  checkHeader,
  DMA_BUF_BYTES,
  FEATURE_DMA_BUF,
  FEATURE_LOW_POWER_ENTRY,
  FEATURE_LOW_POWER_ENTRY_WITH_WAKEUP,
  FEATURE_LOW_POWER_EXIT,
  type FeatureRequest,
  HEADER_BYTES,
  RANGE_BYTES,
} from './feature-request.ts'
import { enterLowPower, leaveLowPower } from './low-power.ts'
import type { OpenState } from './doors.ts'
import type { VfioDevice } from './vfio-device.ts'

const KNOWN_FLAGS = ['get', 'set', 'probe']

/** Bits 16, 17 and 18 are GET, SET and PROBE. */
const spelled = (flag: string): string => ({ bit16: 'get', bit17: 'set', bit18: 'probe' })[flag] ?? flag

export function featureRequest(args: ControlArguments): FeatureRequest {
  const ranges = args.has('ranges') ? args.ranges('ranges') : []
  const payload = args.has('ranges') ? DMA_BUF_BYTES + RANGE_BYTES * ranges.length : args.whole('payloadBytes', 0)
  const flags = args.words('flags').map(spelled)
  return {
    feature: args.has('feature') && isDmaBuf(args) ? FEATURE_DMA_BUF : args.whole('feature'),
    get: flags.includes('get'),
    set: flags.includes('set'),
    probe: flags.includes('probe'),
    unknownFlag: flags.some((flag) => !KNOWN_FLAGS.includes(flag)),
    argsz: args.whole('argsz', HEADER_BYTES + payload),
    readable: args.whole('readable', HEADER_BYTES + payload),
    region: args.whole('region', 0),
    flags: args.whole('flagsField', 0),
    nrRanges: args.whole('nrRanges', ranges.length),
    ranges,
  }
}

/** A buffer that comes of it is closed at once: its descriptor has nowhere to go. */
export function* feature(vdev: VfioDevice, open: OpenState, request: FeatureRequest): Op<StepValue> {
  checkHeader(request)
  switch (request.feature) {
    case FEATURE_DMA_BUF: {
      const buffer = yield* exportBuffer(vdev, open, request)
      if (buffer === undefined) return null
      buffer.dmabuf.put()
      return { size: buffer.dmabuf.size }
    }
    case FEATURE_LOW_POWER_ENTRY:
    case FEATURE_LOW_POWER_ENTRY_WITH_WAKEUP:
      if (checkFeature(request, 'set', 0)) {
        yield* enterLowPower(vdev, request.feature === FEATURE_LOW_POWER_ENTRY_WITH_WAKEUP)
      }
      return null
    case FEATURE_LOW_POWER_EXIT:
      if (checkFeature(request, 'set', 0)) yield* leaveLowPower(vdev)
      return null
    default:
      throw new KernelError('ENOTTY', 'VFIO-3', `there is no feature ${request.feature}`)
  }
}

function isDmaBuf(args: ControlArguments): boolean {
  try {
    return args.word('feature') === 'dmaBuf'
  } catch {
    return false
  }
}
