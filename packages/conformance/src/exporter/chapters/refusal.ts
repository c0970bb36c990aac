/** Whom and what it refuses: importers that cannot be told, ranges that are none, ways that no packet can go. */
import type { Step } from '@barter/core'
import type { Manner } from '../../borrower/manner.ts'
import { type Chapter, check } from '../../check/check.ts'
import type { Demand } from '../../check/played.ts'
import { step } from '../../step.ts'
import type { ExporterStage } from '../exporter-stage.ts'

/** Wrong whatever the exporter is: in words, and as an export says it. */
const WRONG: readonly (readonly [what: string, bar: number, ranges: readonly (readonly [number, number])[]])[] = [
  ['of no length', 0, [[0, 0]]],
  ['beyond the end of the BAR', 0, [[0xf000, 0x2000]]],
  ['of a BAR that is not there', 5, [[0, 0x1000]]],
  ['of no ranges', 0, []],
]

export function refusal(stage: ExporterStage): Chapter {
  const lend = stage.lend()
  const turnedAway = (manner: Manner, demand: Demand): void => {
    const bring = stage.import('imp', manner)
    const played = stage.play({ user: [...lend, bring, step('close', 'buf')] })
    played.demandRefused(bring, demand)
    played.demandClean(demand)
  }
  const wrong = (what: string, attempt: Step): void => {
    const demand = { rule: 'VFIO-9', expected: `an export ${what} is refused, and leaves nothing` }
    const good = stage.export('good')
    const played = stage.play({ user: [...stage.open(), attempt, good, step('close', 'good')] })
    played.demandRefused(attempt, demand)
    played.demandOk(good, demand)
    played.demandClean(demand)
  }
  return {
    name: 'refusal',
    checks: [
      check('VFIO-25', 'an importer that does no peer to peer is turned away', () => {
        turnedAway('not-peer-to-peer', { rule: 'VFIO-25', expected: 'attach fails, with EOPNOTSUPP as in vfio-pci' })
      }),
      check('DRM-30', 'a static importer is turned away', () => {
        turnedAway('static', {
          rule: 'DRM-30',
          expected: 'attach without operations fails: nobody could take the memory back from it',
        })
      }),
      check('DMB-19', 'an importer without a callback is turned away', () => {
        turnedAway('no-callback', { rule: 'DMB-19', expected: 'attach fails: it could not be told to let go' })
      }),
      check('SGT-8', 'where no packet can go a map fails', () => {
        const demand = {
          rule: 'SGT-8',
          expected: 'the map of a pair whose host bridge is not trusted fails, and leaves nothing',
        }
        const far = stage.import('imp', 'inline', 'far')
        const write = step('write', 'imp', { length: 64 })
        const played = stage.play({ user: [...lend, far, write, step('close', 'imp')] }, { trusted: false })
        played.demandRefused(write, demand)
        played.demandClean(demand)
      }),
      ...WRONG.map(([what, bar, ranges]) =>
        check('VFIO-9', `an export ${what} is refused`, () => {
          wrong(what, stage.export('bad', ranges, bar))
        }),
      ),
    ],
  }
}
