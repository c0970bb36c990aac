// The revoke protocol without any driver: importers that map, use and unmap, one reset, one close. A subject for the
// explorer with known counts (docs/decisions/0008-exploring.md), and the yardstick beside the real plugins.

const FLAG = 1
const COUNT = 2
const DRAINED = 3
const DARK = 4
const CLOSED = 5
const TOLD = 6
const MAPPED = 7
const MEMORY_LOCK = 8
const RESERVATION = 9

const POINT = 0
const LOCK = 1
const WAIT = 2

/**
 * **Shape** `order`: `data`, where critical sections conflict by what they touch, or `lock`, where they conflict as such and
 * so do puts. `broken` leaves out the wait for the unmaps (BUG-54). `lateMap`: an importer looks whether the buffer is revoked
 * in one critical section, and maps it in the next one. Gives an `Explorable`.
 */
export function revokeModel({
  importers,
  transfers = 2,
  order = 'data',
  broken = false,
  lateMap = false,
  symmetric = true,
}) {
  return {
    digest: `revoke-model ${importers} ${transfers} ${order} ${broken} ${lateMap}`,
    groupClasses: Array.from({ length: importers }, (_, i) => (symmetric ? 1 : i + 1)),
    begin: (log) => new Run(log, { importers, transfers, order, broken, lateMap, symmetric }),
  }
}

class Run {
  constructor(log, { importers, transfers, order, broken, lateMap, symmetric }) {
    this.log = log
    this.found = 0
    this.halted = false
    this.broken = broken
    this.lateMap = lateMap
    this.locked = order === 'lock'
    this.symmetric = symmetric
    this.revoked = false
    this.refs = 1
    this.drained = false
    this.dark = false
    this.closed = false
    this.reset = false
    this.owner = -1
    this.current = -1
    this.told = new Array(importers).fill(false)
    this.mapped = new Array(importers).fill(false)
    this.results = new Array(importers).fill('')
    this.flagThing = log.thing(FLAG, -1)
    this.countThing = log.thing(COUNT, -1)
    this.drainedThing = log.thing(DRAINED, -1)
    this.darkThing = log.thing(DARK, -1)
    this.closedThing = log.thing(CLOSED, -1)
    this.lockThing = log.thing(MEMORY_LOCK, -1)
    this.resvThing = log.thing(RESERVATION, -1)
    this.toldThing = this.told.map((_, i) => log.thing(TOLD, i))
    this.mappedThing = this.mapped.map((_, i) => log.thing(MAPPED, i))
    this.bodies = [resetter(this), closer(this)]
    for (let i = 0; i < importers; i++) this.bodies.push(importer(this, i, transfers))
    this.threads = this.bodies.length
    // Each stands before its first visible act.
    this.traps = this.bodies.map((body) => body.next().value)
  }

  groupOf(thread) {
    return thread < 2 ? -1 : thread - 2
  }

  canRun(thread) {
    const trap = this.traps[thread]
    if (trap === POINT) return true
    if (trap === LOCK) return this.owner < 0
    if (trap === WAIT) return this.drained
    return false
  }

  hasEnded(thread) {
    return this.traps[thread] === -1
  }

  blockedOn(thread) {
    return this.traps[thread] === LOCK ? this.lockThing : -1
  }

  blockedShared() {
    return false
  }

  nameOf(thread) {
    return thread === 0 ? 'resetter' : thread === 1 ? 'closer' : `importer ${thread - 2}`
  }

  standsAt(thread) {
    const trap = this.traps[thread]
    if (trap === LOCK) return 'waits for the memory lock'
    return trap === WAIT ? 'waits for the unmaps' : trap === POINT ? 'can go on' : 'has ended'
  }

  step(thread) {
    this.current = thread
    if (this.traps[thread] === LOCK) {
      this.owner = thread
      this.log.acquire(this.lockThing, false)
    } else if (this.traps[thread] === WAIT) this.log.waited(this.drainedThing)
    const next = this.bodies[thread].next()
    this.traps[thread] = next.done ? -1 : next.value
  }

  /** A critical section under the reservation, as one step. */
  section() {
    if (!this.locked) return
    this.log.acquire(this.resvThing, false)
    this.log.release(this.resvThing)
  }

  drop() {
    const { log } = this
    this.refs--
    if (this.refs === 0) {
      log.writeValue(this.countThing, 0)
      log.writeValue(this.drainedThing, 1)
      log.signalled(this.drainedThing)
      this.drained = true
    } else if (this.locked) log.writeValue(this.countThing, this.refs)
    else {
      // Puts commute with gets and with each other, but for the last one. Of two who put the second may be the last.
      log.addValue(this.countThing, this.refs)
      if (this.refs === 1) log.leavesOne(this.countThing)
      else log.drops(this.countThing)
    }
  }

  violations() {
    return this.found === 0
      ? []
      : [{ invariant: 'INV-14', rule: 'HAZ-1', message: 'a transfer met a dark device', actor: party, parties: [] }]
  }

  finish() {
    const ends = this.results.map((result, i) => (this.told[i] ? `${result} told` : result))
    return `${this.reset ? 'reset' : 'no reset'}: ${(this.symmetric ? ends.sort() : ends).join(', ')}`
  }
}

const party = { who: 'importer', what: 'transfer', tick: 0, seq: 0 }

function* importer(run, i, transfers) {
  const { log } = run
  yield POINT
  run.section()
  log.readValue(run.flagThing, run.revoked ? 1 : 0)
  if (run.revoked) {
    run.results[i] = 'refused'
    return
  }
  if (run.lateMap) {
    yield POINT
    run.section()
  }
  run.refs++
  log.addValue(run.countThing, run.refs)
  run.told[i] = false
  log.writeValue(run.toldThing[i], 0)
  run.mapped[i] = true
  log.writeValue(run.mappedThing[i], 1)
  let done = 0
  for (; done < transfers; done++) {
    yield POINT
    log.readValue(run.toldThing[i], run.told[i] ? 1 : 0)
    if (run.told[i]) break
    yield POINT
    log.readValue(run.darkThing, run.dark ? 1 : 0)
    if (run.dark) run.found++
  }
  run.results[i] = String(done)
  yield POINT
  run.section()
  run.mapped[i] = false
  log.writeValue(run.mappedThing[i], 0)
  run.drop()
}

function* revoke(run) {
  const { log } = run
  yield POINT
  run.section()
  run.revoked = true
  log.writeValue(run.flagThing, 1)
  for (let j = 0; j < run.mapped.length; j++) {
    log.readHere(run.mappedThing[j])
    if (!run.mapped[j]) continue
    run.told[j] = true
    log.writeValue(run.toldThing[j], 1)
  }
  yield POINT
  run.drop()
  if (!run.broken) yield WAIT
}

function* resetter(run) {
  const { log } = run
  yield LOCK
  yield POINT
  log.readValue(run.closedThing, run.closed ? 1 : 0)
  if (!run.closed) {
    yield* revoke(run)
    yield POINT
    run.reset = true
    run.dark = true
    log.writeValue(run.darkThing, 1)
    yield POINT
    run.dark = false
    log.writeValue(run.darkThing, 0)
    yield POINT
    run.section()
    run.refs = 1
    log.writeValue(run.countThing, 1)
    run.drained = false
    log.writeValue(run.drainedThing, 0)
    run.revoked = false
    log.writeValue(run.flagThing, 0)
  }
  yield POINT
  run.owner = -1
  log.release(run.lockThing)
}

function* closer(run) {
  const { log } = run
  yield LOCK
  yield* revoke(run)
  yield POINT
  run.closed = true
  log.writeValue(run.closedThing, 1)
  yield POINT
  run.owner = -1
  log.release(run.lockThing)
}
