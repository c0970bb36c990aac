/** Every operation of a recording that a machine of Barter can be told. */
import type { RecordedStep } from './recording.ts'
import type { Stage } from './stage.ts'
import type { Said, Word } from './word.ts'
import * as bufferFile from './words/buffer-file.ts'
import * as compat from './words/compat.ts'
import * as config from './words/config.ts'
import * as container from './words/container.ts'
import * as cpu from './words/cpu.ts'
import * as distance from './words/distance.ts'
import * as dma from './words/dma.ts'
import { exportAt, exportWord, feature, regionInfo } from './words/export.ts'
import * as hotplug from './words/hotplug.ts'
import * as iommufd from './words/iommufd.ts'
import { attach, detach, map, pin, status, tryMap, unmap, unpin } from './words/importer.ts'
import * as lifecycle from './words/lifecycle.ts'
import * as reset from './words/reset.ts'
import { check, kill, killOwner, start, startOwner, wait, withoutRawio } from './words/thread.ts'
import { timeline } from './words/timeline.ts'

const { bind, bindIommufd, close, closeBuf, driver, open, openCdev, setNoiommu, sleep, unbind } = lifecycle
const { bufInfo, bufIoctl, bufMmap, bufPoll, bufRead, bufSeek, bufWrite } = bufferFile
const { configRead, configWrite, hostConfigRead, hostConfigWrite } = config
const { cpuRead, cpuWrite, mmap, mmapAccess, pread, pwrite } = cpu
const { armRequest, hotReset, hotResetInfo, lowPower, requestSeen, sysfsReset } = reset

const WORDS: Readonly<Record<string, Word>> = {
  armRequest,
  attach,
  attachIoas: iommufd.attachIoas,
  bind,
  bindIommufd,
  bufAttachments: iommufd.bufAttachments,
  bufInfo,
  bufIoctl,
  bufMmap,
  bufPoll,
  bufRead,
  bufSeek,
  bufWrite,
  changeProcess: iommufd.changeProcess,
  check,
  close,
  closeBuf,
  closeContainer: compat.closeContainer,
  compatContainer: compat.compatContainer,
  compatExtension: compat.compatExtension,
  compatMap: compat.compatMap,
  compatSetIommu: compat.compatSetIommu,
  compatUnmap: compat.compatUnmap,
  configRead,
  configWrite,
  containerOpen: compat.containerOpen,
  cpuRead,
  cpuWrite,
  detach,
  detachIoas: iommufd.detachIoas,
  disableVfs: hotplug.disableVfs,
  distance: distance.distance,
  dmaCopy: dma.dmaCopy,
  dmaRead: dma.dmaRead,
  dmaWrite: dma.dmaWrite,
  driver,
  export: exportWord,
  exportAt,
  fakeAcs: distance.fakeAcs,
  feature,
  hostConfigRead,
  hostConfigWrite,
  hotReset,
  hotResetInfo,
  hotUnplug: hotplug.hotUnplug,
  hwptAlloc: iommufd.hwptAlloc,
  ioasAlloc: iommufd.ioasAlloc,
  ioasHugePages: iommufd.ioasHugePages,
  ioasRanges: iommufd.ioasRanges,
  iommufdClose: iommufd.iommufdClose,
  iommufdCopy: iommufd.iommufdCopy,
  iommufdDestroy: iommufd.iommufdDestroy,
  iommufdMap: iommufd.iommufdMap,
  iommufdMapFile: iommufd.iommufdMapFile,
  iommufdOpen: iommufd.iommufdOpen,
  iommufdUnmap: iommufd.iommufdUnmap,
  kernelAccess: iommufd.kernelAccess,
  kill,
  killOwner,
  lowPower,
  makeMemfd: iommufd.makeMemfd,
  makeUdmabuf: iommufd.makeUdmabuf,
  map,
  mmap,
  mmapAccess,
  noiommuGetPa: iommufd.noiommuGetPa,
  open,
  openCdev,
  openGroup: compat.openGroup,
  pin,
  pread,
  pwrite,
  regionInfo,
  requestSeen,
  reset: reset.reset,
  setAcs: distance.setAcs,
  setBridgeId: distance.setBridgeId,
  setNoiommu,
  sleep,
  start: start(sayStep),
  startOwner: startOwner(sayStep),
  status,
  sysfsReset,
  timeline,
  translate: container.translate,
  tryMap,
  type1Map: container.type1Map,
  type1Unmap: container.type1Unmap,
  unbind,
  unmap,
  unpin,
  vfioIoas: compat.vfioIoas,
  vfMemory: hotplug.vfMemory,
  wait,
  withoutRawio: withoutRawio(sayStep),
}

/** Operations that have a word. */
export const KNOWN_OPS: readonly string[] = Object.keys(WORDS)

/** Say a step. One that is beyond the machine comes to nothing. */
export function sayStep(step: RecordedStep, stage: Stage): Said {
  const beyond = stage.beyond.look(step, isKnown)
  const word = isKnown(step.op) ? WORDS[step.op] : undefined
  if (beyond !== undefined || word === undefined) {
    return { steps: [], saw: () => ({ notComparable: beyond ?? 'unknown-operation' }) }
  }
  return word(step, stage)
}

const isKnown = (op: string): boolean => Object.hasOwn(WORDS, op)
