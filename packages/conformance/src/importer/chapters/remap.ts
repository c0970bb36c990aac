/** The buffer is lent again: an importer comes back as it declares (IMP-1). */
import { type Chapter, check } from '../../check/check.ts'
import { reads, step } from '../../step.ts'
import type { ImporterStage } from '../importer-stage.ts'

const TEXT = 'here again'
const CYCLES = 3

export function remap(stage: ImporterStage): Chapter {
  const name = 'remap'
  const { invalidate, restartable } = stage.supports
  if (!invalidate) return { name, checks: [], leftOut: 'nothing is ever taken back from it' }
  const lend = stage.lend()
  const cycle = [step('revoke', 'nvme'), step('restore', 'nvme')]
  const use = (length = 64) => [...stage.prepare(), step('write', 'imp', { length })]
  const write = step('write', 'imp', { data: TEXT, length: TEXT.length })
  const peek = step('peek', 'nvme', { length: TEXT.length })
  const gone = step('close', 'imp')
  const fresh = check('REV-10', 'an import made after the revoke is over works', () => {
    const demand = {
      rule: 'REV-10',
      expected: 'a second import maps and reaches the memory, while the first still exists',
    }
    const second = step('write', 'imp2', { data: TEXT, length: TEXT.length })
    const played = stage.play({
      user: [
        ...lend,
        stage.import(),
        ...use(),
        ...cycle,
        stage.import('imp2'),
        ...stage.prepare('imp2'),
        second,
        peek,
        gone,
      ],
    })
    played.demandOk(second, demand)
    played.demandValue(peek, TEXT, demand)
    played.demandClean(demand)
  })
  if (!restartable) {
    const stays = check('IMP-1', 'it does not come back, as it declares', () => {
      const demand = {
        rule: 'IMP-1',
        expected:
          'an importer that declares restartable: false refuses each access after a revoke; declare true if it maps again',
      }
      const played = stage.play({
        user: [...lend, stage.import(), ...use(), ...cycle, ...stage.prepare(), write, gone],
      })
      played.demandRefused(write, demand)
      played.demandClean(demand)
    })
    return { name, checks: [stays, fresh] }
  }
  return {
    name,
    checks: [
      check('REV-5', 'the same import works again when the buffer is lent again', () => {
        const demand = {
          rule: 'REV-5',
          expected: 'an access after the revoke is over maps anew and reaches the memory',
        }
        const played = stage.play({
          user: [...lend, stage.import(), ...use(), ...cycle, ...stage.prepare(), write, peek, gone],
        })
        played.demandOk(write, demand)
        played.demandValue(peek, TEXT, demand)
        played.demandClean(demand)
      }),
      check('DMB-13', 'mapped anew it goes by the addresses that it is given then', () => {
        const demand = {
          rule: 'DMB-13',
          expected: 'addresses are good until the unmap: after it each packet goes by those of the next map',
        }
        const read = reads('imp', TEXT)
        const again = [...stage.prepare(), write, ...stage.prepare(), read]
        const played = stage.play(
          { user: [...lend, stage.import('imp', 'far'), ...use(), ...cycle, ...again, peek, gone] },
          { otherAddresses: true },
        )
        played.demandOk(write, demand)
        played.demandRead(read, demand)
        played.demandValue(peek, TEXT, demand)
        played.demandClean(demand)
      }),
      check('DMB-18', 'as often as it is lent', () => {
        const demand = { rule: 'DMB-18', expected: `${CYCLES} times taken back and lent again, it works each time` }
        const uses = Array.from({ length: CYCLES }, () => [...cycle, ...use()])
        const played = stage.play({ user: [...lend, stage.import(), ...use(), ...uses.flat(), gone] })
        for (const each of uses) for (const one of each) if (one.verb === 'write') played.demandOk(one, demand)
        played.demandClean(demand)
      }),
      check('VFIO-26', 'an access that was refused in between does no harm', () => {
        const demand = { rule: 'VFIO-26', expected: 'refused while revoked, it works again afterwards' }
        const [revoke, restore] = [step('revoke', 'nvme'), step('restore', 'nvme')]
        const denied = step('write', 'imp', { length: 64 })
        const played = stage.play({
          user: [
            ...lend,
            stage.import(),
            ...use(),
            revoke,
            ...stage.prepare(),
            denied,
            restore,
            ...stage.prepare(),
            write,
            gone,
          ],
        })
        played.demandRefused(denied, demand)
        played.demandOk(write, demand)
        played.demandClean(demand)
      }),
      fresh,
    ],
  }
}
