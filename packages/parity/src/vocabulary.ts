/** Every operation of a recording that a machine of Barter can be told. */
import { text } from './json-value.ts'
import type { RecordedStep } from './recording.ts'
import type { Stage } from './stage.ts'
import type { Said, Word } from './word.ts'
import * as bufferFile from './words/buffer-file.ts'
import * as config from './words/config.ts'
import * as container from './words/container.ts'
import * as cpu from './words/cpu.ts'
import * as distance from './words/distance.ts'
import * as dma from './words/dma.ts'
import { exportAt, exportWord, feature, regionInfo } from './words/export.ts'
import * as hotplug from './words/hotplug.ts'
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
  bind,
  bindIommufd,
  bufInfo,
  bufIoctl,
  bufMmap,
  bufPoll,
  bufRead,
  bufSeek,
  bufWrite,
  check,
  close,
  closeBuf,
  configRead,
  configWrite,
  cpuRead,
  cpuWrite,
  detach,
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
  kill,
  killOwner,
  lowPower,
  map,
  mmap,
  mmapAccess,
  open,
  openCdev,
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
  vfMemory: hotplug.vfMemory,
  wait,
  withoutRawio: withoutRawio(sayStep),
}

/** Operations that have a word. */
export const KNOWN_OPS: readonly string[] = Object.keys(WORDS)

/** Say a step. One that is beyond the machine comes to nothing. */
export function sayStep(step: RecordedStep, stage: Stage): Said {
  if (step.op === 'containerOpen' || step.op === 'compatContainer') {
    stage.noteContainer(text(step.args.as), text(step.args.setIommu))
  }
  const beyond = stage.beyond.look(step)
  const word = Object.hasOwn(WORDS, step.op) ? WORDS[step.op] : undefined
  if (beyond !== undefined || word === undefined) {
    return { steps: [], saw: () => ({ notComparable: beyond ?? 'unknown-operation' }) }
  }
  return word(step, stage)
}
