/** The callback: what it must bear (IMP-2), and what it must have done (IMP-3). */
import { type Chapter, check } from '../../check/check.ts'
import { step } from '../../step.ts'
import type { ImporterStage } from '../importer-stage.ts'

export function invalidate(stage: ImporterStage): Chapter {
  const name = 'invalidate'
  if (!stage.supports.invalidate) return { name, checks: [], leftOut: 'it declares no callback' }
  const lend = stage.lend()
  const write = step('write', 'imp', { length: 64 })
  const revoke = step('revoke', 'nvme')
  const restore = step('restore', 'nvme')
  const gone = step('close', 'imp')
  const use = [...stage.prepare(), write]
  return {
    name,
    checks: [
      check('IMP-3', 'told while mapped, it stops using the mapping', () => {
        const demand = { rule: 'IMP-3', expected: 'no packet by the old addresses once it was told and let go' }
        const after = step('write', 'imp', { length: 64 })
        const played = stage.play({ user: [...lend, stage.import(), ...use, revoke, after, gone] })
        played.demandOk(write, demand)
        played.demandOk(revoke, demand)
        played.demandClean(demand)
      }),
      check('IMP-2', 'told before its attach has returned, it stays whole', () => {
        const demand = { rule: 'IMP-2', expected: 'a callback that comes in the middle of attach finds what it needs' }
        const bring = stage.import()
        const played = stage.play(
          { user: [...lend, bring, ...use, gone] },
          { lender: { meddle: { at: 'listed', words: ['revoke', 'restore'] } } },
        )
        played.demandClean(demand)
        if (stage.supports.restartable) played.demandOk(bring, demand)
      }),
      check('DMB-10', 'revoked after it was accepted and before it is listed, it takes the refusal', () => {
        const demand = { rule: 'DMB-10', expected: 'nobody tells it; its map is refused, and that ends well' }
        const played = stage.play(
          { user: [...lend, stage.import(), ...use, gone] },
          { lender: { meddle: { at: 'accepted', words: ['revoke'] } } },
        )
        played.demandClean(demand)
        played.demand(!(played.resultOf(write).kind === 'ok'), demand, 'a write through a revoked buffer ended well')
      }),
      check('IMP-2', 'told while it takes itself down, it stays whole', () => {
        const demand = {
          rule: 'IMP-2',
          expected: 'a callback in the middle of close finds nothing to do, or does it once',
        }
        const played = stage.play(
          { user: [...lend, stage.import(), ...use, gone] },
          { lender: { meddle: { at: 'leaving', words: ['revoke', 'restore'] } } },
        )
        played.demandOk(gone, demand)
        played.demandClean(demand)
      }),
      check('REV-6', 'told again with nothing mapped, it does nothing', () => {
        const demand = { rule: 'REV-6', expected: 'a second callback is like none' }
        const again = step('revoke', 'nvme')
        const played = stage.play({ user: [...lend, stage.import(), ...use, revoke, restore, again, gone] })
        played.demandOk(again, demand)
        played.demandClean(demand)
      }),
      check('INV-13', 'told when it never mapped, it does nothing', () => {
        const demand = { rule: 'INV-13', expected: 'a callback before the first use is like none' }
        const played = stage.play({ user: [...lend, stage.import(), revoke, restore, gone] })
        played.demandOk(revoke, demand)
        played.demandClean(demand)
      }),
      check('DMB-16', 'each of several attachments is told, and lets go', () => {
        const demand = { rule: 'DMB-16', expected: 'a revoke that reaches three imports comes back' }
        const imports = ['imp', 'imp2', 'imp3']
        const played = stage.play({
          user: [
            ...lend,
            stage.import(),
            stage.import('imp2'),
            stage.import('imp3', 'beside'),
            ...imports.flatMap((as) => [...stage.prepare(as), step('write', as, { length: 64 })]),
            revoke,
            ...imports.map((as) => step('close', as)),
          ],
        })
        played.demandOk(revoke, demand)
        played.demandClean(demand)
      }),
    ],
  }
}
