/** It lends again what it took back (REV-5), or never does (INV-22). */
import { type Chapter, type Check, check } from '../../check/check.ts'
import { freely, step } from '../../step.ts'
import type { ExporterStage } from '../exporter-stage.ts'
import type { TakingSpec } from '../exporter-spec.ts'

const TEXT = 'here again'
const CYCLES = 3

export function restore(stage: ExporterStage): Chapter {
  const { takes } = stage.spec
  if (takes.length === 0) return { name: 'restore', checks: [], leftOut: 'nothing but close takes anything back' }
  return {
    name: 'restore',
    checks: takes.flatMap((way) => (way.back === 'never' ? [stays(stage, way)] : comes(stage, way))),
  }
}

function stays(stage: ExporterStage, way: TakingSpec): Check {
  return check('INV-22', `after ${way.name} a buffer is gone for good`, () => {
    const demand = { rule: 'INV-22', expected: 'no later access or import gets at it' }
    const denied = step('write', 'imp', { length: 64 })
    const played = stage.play({ user: [...stage.lend(), stage.import(), ...stage.take(way), denied] })
    played.demandRefused(denied, demand)
    played.demandClean(demand)
  })
}

function comes(stage: ExporterStage, way: TakingSpec): readonly Check[] {
  const { name } = way
  const cycle = [...stage.take(way), ...stage.giveBack(way)]
  const write = step('write', 'imp', { data: TEXT, length: TEXT.length })
  const peek = step('peek', 'imp', { device: 'nvme', length: TEXT.length })
  return [
    check('REV-5', `after ${name} the same import works again`, () => {
      const demand = { rule: 'REV-5', expected: 'lent again, a map succeeds and reaches the memory' }
      const played = stage.play({
        user: [...stage.lend(), stage.import(), step('write', 'imp', { length: 64 }), ...cycle, write, peek],
      })
      played.demandOk(write, demand)
      played.demandValue(peek, TEXT, demand)
      played.demandClean(demand)
    }),
    check('INV-6', `${CYCLES} times ${name}, and it works each time`, () => {
      const demand = { rule: 'INV-6', expected: 'what is counted is back where it was after each turn' }
      const turns = Array.from({ length: CYCLES }, () => [
        ...stage.take(way),
        ...stage.giveBack(way),
        step('write', 'imp', { length: 64 }),
      ])
      const played = stage.play({ user: [...stage.lend(), stage.import('imp', 'worker'), write, ...turns.flat()] })
      for (const turn of turns) for (const one of turn) played.demandOk(one, demand)
      played.demandClean(demand)
    }),
    check('INV-13', `${name} twice, and back twice, is like once`, () => {
      const demand = {
        rule: 'INV-13',
        expected: 'one way back undoes any number of revokes, and a second one takes nothing from anybody',
      }
      const take = stage.take(way).map((one) => freely(one))
      const back = stage.giveBack(way)
      const again = step('write', 'imp', { length: 64 })
      const played = stage.play({
        user: [
          ...stage.lend(),
          stage.import(),
          write,
          ...take,
          ...take,
          ...back,
          again,
          ...back.map((one) => freely(one)),
        ],
      })
      played.demandOk(again, demand)
      played.demandClean(demand)
    }),
    each(stage, way),
    ...(way.back === 'itself' ? [] : [exportedMeanwhile(stage, way)]),
    check('VFIO-24', `after ${name} a new import works`, () => {
      const demand = { rule: 'VFIO-24', expected: 'lent again, it takes attachments as before' }
      const fresh = step('write', 'imp', { data: TEXT, length: TEXT.length })
      const played = stage.play({ user: [...stage.lend(), ...cycle, stage.import(), fresh] })
      played.demandOk(fresh, demand)
      played.demandClean(demand)
    }),
  ]
}

/** Who lends a range once has no second buffer. */
function each(stage: ExporterStage, way: TakingSpec): Check {
  return check('REV-5', `after ${way.name} each of its buffers works again`, () => {
    const demand = { rule: 'REV-5', expected: 'of two buffers that were taken back both can be mapped again' }
    const other = freely(stage.export('other'))
    const imports = [stage.import(), stage.import('imp2', 'inline', 'beside', 'other')].map(freely)
    const writes = ['imp', 'imp2'].map((as) => step('write', as, { length: 64 }))
    const user = [...stage.lend(), other, ...imports, ...stage.take(way), ...stage.giveBack(way), ...writes]
    const played = stage.play({ user })
    for (const one of played.resultOf(other).kind === 'ok' ? writes : writes.slice(0, 1)) played.demandOk(one, demand)
    played.demandClean(demand)
  })
}

/** What is lent while there is nothing to lend is refused, or is no good before there is. */
function exportedMeanwhile(stage: ExporterStage, way: TakingSpec): Check {
  return check('VFIO-16', `what is lent during ${way.name} is as good as what was lent before`, () => {
    const demand = {
      rule: 'VFIO-16',
      expected: 'an export meanwhile is refused, or its buffer reaches the memory only when the memory is there',
    }
    const early = [stage.export(), stage.import(), step('write', 'imp', { length: 64 })].map((one) => freely(one))
    const later = [stage.export('fresh'), stage.import('imp2', 'inline', 'near', 'fresh')]
    const write = step('write', 'imp2', { data: TEXT, length: TEXT.length })
    const played = stage.play({
      user: [...stage.open(), ...stage.take(way), ...early, ...stage.giveBack(way), ...later, write],
    })
    played.demandOk(write, demand)
    played.demandClean(demand)
  })
}
