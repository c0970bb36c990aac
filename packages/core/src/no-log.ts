/** For who steps a run and does not want to know what its steps touch. */
import type { AccessLog } from './explorable.ts'

const nothing = (): void => undefined

export const NO_LOG: AccessLog = Object.freeze({
  thing: () => 0,
  read: nothing,
  write: nothing,
  add: nothing,
  readValue: nothing,
  readHere: nothing,
  writeValue: nothing,
  addValue: nothing,
  noteValue: nothing,
  countValue: nothing,
  heeds: nothing,
  drops: nothing,
  leavesOne: nothing,
  acquire: nothing,
  release: nothing,
  tried: nothing,
  comes: nothing,
  waited: nothing,
  resumes: nothing,
  signalled: nothing,
  visits: nothing,
  returns: nothing,
  reorders: nothing,
  beginsRound: nothing,
  entersTurn: nothing,
  leavesTurn: nothing,
  settles: nothing,
  ends: nothing,
  spawned: nothing,
})
