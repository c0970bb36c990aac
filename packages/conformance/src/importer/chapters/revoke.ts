/** The lender takes its memory back: in bounded time, and for good if it goes away. */
import { type Chapter, check } from '../../check/check.ts'
import { step } from '../../step.ts'
import type { ImporterStage } from '../importer-stage.ts'

const A_SECOND = 1_000_000
const RACES = 16

export function revoke(stage: ImporterStage): Chapter {
  const name = 'revoke'
  if (!stage.supports.invalidate)
    return { name, checks: [], leftOut: 'it cannot be told, so no exporter that revokes takes it' }
  const within = stage.spec.unmapWithin ?? A_SECOND
  const lend = stage.lend()
  const take = step('revoke', 'nvme')
  const use = [...stage.prepare(), step('write', 'imp', { length: 64 })]
  const gone = step('close', 'imp')
  return {
    name,
    checks: [
      check('INV-9', 'it unmaps in bounded time, with no help of user space', () => {
        const demand = {
          rule: 'INV-9',
          expected: `told to let go, it unmaps by itself within ${within} us, also if user space does nothing more`,
        }
        const played = stage.play({ user: [...lend, stage.import(), ...use, take] })
        played.demandClean(demand)
        played.demandWithin(take, within, demand)
      }),
      check('VFIO-26', 'while revoked an access fails, as an error and not as a success', () => {
        const demand = {
          rule: 'VFIO-26',
          expected:
            'while the buffer is revoked a write and a read are refused or complete in error, by ENODEV if an errno is told',
        }
        const denied = (['write', 'read'] as const).map((verb) => step(verb, 'imp', { length: 64 }))
        const played = stage.play({
          user: [...lend, stage.import(), ...use, take, ...denied.flatMap((one) => [...stage.prepare(), one]), gone],
        })
        for (const one of denied) {
          played.demandRefused(one, demand)
          played.demandNoOther(one, 'ENODEV', demand)
        }
        played.demandClean(demand)
      }),
      check('REV-4', 'when the revoke has returned, the memory stays as it is', () => {
        const demand = { rule: 'REV-4', expected: 'no byte of the lent memory changes while it is revoked' }
        const denied = step('write', 'imp', { length: 64, times: 4, pause: 50, expect: ['ok', 'error'] })
        const played = stage.play({
          user: [...lend, stage.import(), ...use, take, denied, step('check', 'nvme'), gone],
        })
        played.demandClean(demand)
      }),
      check('DMB-17', 'a transfer under way ends before the revoke does', () => {
        const demand = {
          rule: 'DMB-17',
          expected: `in each of several races of writes or reads with a revoke none is late, and the revoke returns within ${within} us`,
        }
        for (const verb of ['write', 'read'] as const) {
          const busy = step(verb, 'imp', {
            length: 4096,
            times: 6,
            expect: ['ok', 'error', 'ENODEV', 'EINVAL', 'EIO'],
          })
          const actors = {
            user: [...lend, stage.import(), ...stage.prepare(), busy, step('close', 'imp')],
            vmm: [step('wait', 'imp', { until: 'mapped', timeout: A_SECOND }), take, step('check', 'nvme')],
          }
          const play = stage.schedules(actors)
          for (let seed = 1; seed <= RACES; seed++) {
            const played = play(seed)
            played.demandClean(demand)
            played.demandWithin(take, within, demand)
          }
        }
      }),
      check('VFIO-24c', 'an exporter that closes takes its buffers back for good', () => {
        const demand = { rule: 'VFIO-24c', expected: 'the import outlives its exporter, useless, and closes well' }
        const late = step('write', 'imp', { length: 64 })
        const played = stage.play({
          user: [...lend, stage.import(), ...use, step('close', 'nvme'), ...stage.prepare(), late, gone],
        })
        played.demandRefused(late, demand)
        played.demandOk(gone, demand)
        played.demandClean(demand)
      }),
      check('P2P-8', 'no mapping outlives the driver of the exporter', () => {
        const demand = { rule: 'P2P-8', expected: 'the exporter can be unbound while the import still exists' }
        const unbind = step('unbind', 'nvme')
        const played = stage.play({
          user: [...lend, stage.import(), ...use, step('close', 'nvme'), unbind, gone],
        })
        played.demandOk(unbind, demand)
        played.demandClean(demand)
      }),
    ],
  }
}
