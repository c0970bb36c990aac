/** What each common verb does. */
import type { Op, Verb } from '@barter/core'
import { access } from './access-steps.ts'
import { idle, kill, look, start } from './actor-steps.ts'
import { close, control, exportBar, importBuffer } from './buffer-steps.ts'
import { bind, open, unbind } from './device-steps.ts'
import * as host from './host-steps.ts'
import { mmap, pin, touch } from './memory-steps.ts'
import { allocate, udmabuf } from './ram-steps.ts'
import type { Performed, StepCall } from './step-call.ts'
import { pass, wait } from './wait-steps.ts'

const ACTIONS: Readonly<Record<Verb, (call: StepCall) => Op<Performed>>> = {
  open,
  export: exportBar,
  import: importBuffer,
  read: access('read'),
  write: access('write'),
  close,
  mmap,
  allocate,
  udmabuf,
  load: touch('read'),
  store: touch('write'),
  pin,
  bind,
  unbind,
  wait,
  sleep: pass,
  start,
  look,
  kill,
  idle,
  boundDriver: host.boundDriver,
  distance: host.distance,
  groupStatus: host.groupStatus,
  iommuLookup: host.iommuLookup,
  parameter: host.parameter,
  pciError: host.pciError,
  pretend: host.pretend,
  resizeBar: host.resizeBar,
  setpci: host.setpci,
  sysfsReset: host.sysfsReset,
  unplug: host.unplug,
  virtualFunctions: host.virtualFunctions,
}

export function perform(call: StepCall): Op<Performed> {
  const { verb } = call.planned
  return verb === undefined ? control(call) : ACTIONS[verb](call)
}
