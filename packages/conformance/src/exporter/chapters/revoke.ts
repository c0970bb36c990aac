/** It takes back what it lent: everybody is told, waited for, and kept out (REV-2). */
import { hex } from '@barter/core'
import { LATE_TICKS, type Manner } from '../../borrower/manner.ts'
import { type Chapter, type Check, check } from '../../check/check.ts'
import type { Tables } from '../../check/other-addresses.ts'
import { freely, step } from '../../step.ts'
import type { ExporterStage } from '../exporter-stage.ts'
import type { TakingSpec } from '../exporter-spec.ts'

const RACES = 12
const CLOSE: TakingSpec = { name: 'close', words: [{ verb: 'close' }], back: 'never' }

export function revoke(stage: ExporterStage): Chapter {
  const ways = [...stage.spec.takes, CLOSE]
  return { name: 'revoke', checks: ways.flatMap((way) => checksOf(stage, way)) }
}

function checksOf(stage: ExporterStage, way: TakingSpec): readonly Check[] {
  const { name, back } = way
  const write = step('write', 'imp', { length: 64 })
  const story = (manner: Manner) => [...stage.lend(), stage.import('imp', manner), write, ...stage.take(way)]
  const take = stage.take(way)
  const last = take.at(-1)
  const told = (manner: Manner, expected: string, late: boolean) => {
    const demand = { rule: 'REV-2', expected }
    const played = stage.play({ user: [...stage.lend(), stage.import('imp', manner), write, ...take] })
    for (const one of take) played.demandOk(one, demand)
    const held = played.mappedAtEndOf(last)
    played.demand(held.length === 0, demand, `after ${name}, ${held.join(', ')}`)
    if (late) played.demandTook(take, LATE_TICKS / 2, demand)
    played.demandClean(demand)
  }
  return [
    check('REV-2', `${name}: who has a mapping is told, and has none when it returns`, () => {
      told('inline', 'every importer is told with the reservation held, and unmaps before the call returns', false)
    }),
    check('REV-2', `${name}: it waits for one that unmaps later`, () => {
      told('worker', `an importer that unmaps ${LATE_TICKS} us after it was told is waited for`, true)
    }),
    check('DMB-20', `${name}: it waits for work that a fence stands for`, () => {
      const demand = {
        rule: 'DMB-20',
        expected: 'the call returns only when every fence of the reservation has signalled',
      }
      const played = stage.play({ user: [...stage.lend(), stage.import('imp', 'fence'), write, ...take] })
      played.demandTook(take, LATE_TICKS / 2, demand)
      played.demandClean(demand)
    }),
    check('REV-3', `${name}: a map from within the callback is refused`, () => {
      const demand = {
        rule: 'REV-3',
        expected: 'the flag is set before anybody is told, so that nobody maps again at once',
      }
      stage.play({ user: story('greedy') }).demandClean(demand)
    }),
    check('DMB-16', `${name}: each of three importers is told`, () => {
      const demand = { rule: 'DMB-16', expected: 'of three imports none has a mapping when the call returns' }
      const more = [stage.import('imp2', 'worker'), stage.import('imp3', 'fence', 'beside')]
      const use = ['imp', 'imp2', 'imp3'].map((as) => step('write', as, { length: 64 }))
      const played = stage.play({ user: [...stage.lend(), stage.import(), ...more, ...use, ...take] })
      const held = played.mappedAtEndOf(last)
      played.demand(held.length === 0, demand, `after ${name}, ${held.join(', ')}`)
      played.demandClean(demand)
    }),
    check('REV-1', `${name}: each of its buffers is taken back`, () => {
      const demand = { rule: 'REV-1', expected: 'of two buffers that were lent none is mapped when the call returns' }
      // Of the same range, as the words may take back no other one; who lends a range once refuses.
      const other = [stage.export('other'), stage.import('imp2', 'worker', 'near', 'other')]
      const more = [...other, step('write', 'imp2', { length: 64 })].map(freely)
      const played = stage.play({ user: [...stage.lend(), stage.import(), write, ...more, ...take] })
      const held = played.mappedAtEndOf(last)
      played.demand(held.length === 0, demand, `after ${name}, ${held.join(', ')}`)
      played.demandClean(demand)
    }),
    saysSo(stage, way),
    leadsNowhere(stage, way),
    ...(way === CLOSE ? [] : [atOnce(stage, way)]),
    check('INV-13', `${name}: twice is like once`, () => {
      const demand = { rule: 'INV-13', expected: 'a second time, with nothing mapped, harms nobody; it may be refused' }
      const again = way === CLOSE ? [] : stage.take(way)
      const played = stage.play({
        user: [...story('inline'), ...again.map((one) => freely(one)), step('close', 'imp')],
      })
      played.demandClean(demand)
    }),
    ...(back === 'itself' ? [] : keptOut(stage, way)),
    check('INV-1', `${name}: no packet is late, in any of ${RACES} races`, () => {
      const demand = {
        rule: 'INV-1',
        expected: 'nothing reaches the memory between the end of the revoke and the next map',
      }
      const busy = step('write', 'imp', { length: 64, times: 6, expect: ['ok', 'error'] })
      const use = (manner: Manner) => [stage.import('imp', manner), busy].map(freely)
      const close = step('close', 'imp')
      const play = stage.schedules({ vmm: [...stage.lend(), ...take], user: [...use('inline'), freely(close)] })
      for (let seed = 1; seed <= RACES; seed++) play(seed).demandClean(demand)
      // One that lets go later writes until it does, which the exporter has to wait for.
      const late = stage.schedules({
        vmm: [...stage.lend(), step('wait', 'imp', { until: 'mapped' }), ...take],
        user: [...use('worker'), step('wait', 'vmm', { until: 'done' }), freely(close)],
      })
      for (let seed = 1; seed <= RACES; seed++) late(seed).demandClean(demand)
    }),
  ]
}

function keptOut(stage: ExporterStage, way: TakingSpec): readonly Check[] {
  return [
    check('VFIO-26', `${way.name}: while it is taken back nobody maps`, () => {
      const demand = { rule: 'VFIO-26', expected: 'a map of a buffer that is taken back fails with ENODEV' }
      const denied = step('write', 'imp', { length: 64 })
      const played = stage.play({ user: [...stage.lend(), stage.import(), ...stage.take(way), denied] })
      played.demandRefused(denied, demand, 'ENODEV')
      played.demandClean(demand)
    }),
    check('VFIO-24b', `${way.name}: while it is taken back nobody attaches`, () => {
      const demand = {
        rule: 'VFIO-24b',
        expected: 'an import of a buffer that is taken back fails with ENODEV at attach',
      }
      const late = stage.import()
      const played = stage.play({ user: [...stage.lend(), ...stage.take(way), late] })
      played.demandRefused(late, demand, 'ENODEV')
      played.demandClean(demand)
    }),
  ]
}

/** What the judge is not told he cannot judge. */
function saysSo(stage: ExporterStage, way: TakingSpec): Check {
  const { name, back } = way
  const words = ['revoking', 'revoked', ...(back === 'never' ? [] : ['restored'])]
  const order = back === 'never' ? '' : ', then witness.restored before anybody may map again'
  return check('DMB-20', `${name}: it says so to the judge`, () => {
    const demand = {
      rule: 'DMB-20',
      expected: `of each buffer, also of one that nobody imports: witness.revoking, then invalidate(), then witness.revoked when the last unmap has come${order}`,
    }
    const said: string[] = []
    const played = stage.play(
      { user: [...stage.lend(), ...stage.take(way), ...stage.giveBack(way)] },
      { said: (word) => said.push(word) },
    )
    const found = said.filter((word) => word !== 'told')
    const isFirst = said.indexOf('revoking') <= said.indexOf('told')
    played.demand(
      isFirst && found.slice(0, words.length).join() === words.join(),
      demand,
      said.length === 0 ? 'it said nothing' : `it said ${said.join(', ')}`,
    )
    played.demandClean(demand)
  })
}

/** An address that still leads to the memory when the exporter goes on is one that nobody waits for. */
function leadsNowhere(stage: ExporterStage, way: TakingSpec): Check {
  return check('REV-2', `${way.name}: no address leads to the memory any more when it says that it is over`, () => {
    const demand = {
      rule: 'REV-2',
      expected: 'an unmap counts when it is done: freeSgt first, then whoever waits for it is woken',
    }
    const tables: Tables = new Map()
    const left: string[] = []
    const said = (word: string, buffer: string): void => {
      if (word !== 'revoked') return
      for (const at of tables.keys()) left.push(`${hex(at)} still leads to ${buffer} when it is said to be taken back`)
    }
    const mapped = step('wait', 'imp', { until: 'mapped' })
    const use = [stage.import('imp', 'prompt', 'far'), step('write', 'imp', { length: 64 })]
    const vmm = [...stage.lend(), mapped, ...stage.take(way)]
    const played = stage.play({ vmm, user: use }, { said, tables })
    played.demand(left.length === 0, demand, left.join('; '))
    played.demandClean(demand)
  })
}

function atOnce(stage: ExporterStage, way: TakingSpec): Check {
  return check('REV-2', `${way.name}: two threads at once, and neither comes back while somebody has a mapping`, () => {
    const demand = {
      rule: 'REV-2',
      expected: 'the second waits for what the first has begun: a lock is held from the flag to the last unmap',
    }
    const takes = [stage.take(way), stage.take(way)].map((take) => take.map(freely))
    const mapped = step('wait', 'imp', { until: 'mapped' })
    const use = [stage.import('imp', 'worker'), step('write', 'imp', { length: 64 })]
    const play = stage.schedules({
      vmm: [...stage.lend(), mapped, ...(takes[0] ?? [])],
      other: [mapped, ...(takes[1] ?? [])],
      user: use,
    })
    for (let seed = 1; seed <= RACES; seed++) {
      const played = play(seed)
      for (const take of takes) {
        const held = played.mappedAtEndOf(take.at(-1))
        played.demand(held.length === 0, demand, `after ${way.name}, ${held.join(', ')}`)
      }
      played.demandClean(demand)
    }
  })
}
