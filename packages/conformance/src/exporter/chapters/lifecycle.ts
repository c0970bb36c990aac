/** From export to the last reference, when nobody disturbs it. */
import { type Chapter, type Check, check } from '../../check/check.ts'
import { gone, lands, TEXT_LENGTH, write } from '../../check/lands.ts'
import { freely, step } from '../../step.ts'
import type { ExporterStage } from '../exporter-stage.ts'

/** Until user space has done what it does. **Units** ticks. */
const A_WHILE = 1_000_000

export function lifecycle(stage: ExporterStage): Chapter {
  const peek = step('peek', 'imp', { device: 'nvme', length: TEXT_LENGTH })
  return {
    name: 'lifecycle',
    checks: [
      lands(
        stage,
        'INV-16',
        'an importer reaches the memory that was lent',
        'what the importer writes at 0 is in the BAR, at the offset of the range',
        { before: [...stage.lend(), stage.import()], peek },
      ),
      lands(
        stage,
        'P2P-15',
        'an importer behind the host bridge reaches it too',
        'a map for a device on another root port gives addresses that work there',
        { before: [...stage.lend(), stage.import('imp', 'inline', 'far')], peek },
      ),
      check('INV-28', 'after the last reference nothing of the buffer is left', () => {
        const demand = {
          rule: 'INV-28',
          expected: 'import and buffer closed, the buffer is released and nothing is left over',
        }
        const played = stage.play({
          user: [...stage.lend(), stage.import(), write, gone, step('close', 'buf'), step('close', 'nvme')],
        })
        played.demandClean(demand)
      }),
      check('VFIO-19', 'a buffer outlives its device file, without any use', () => {
        const demand = {
          rule: 'VFIO-19',
          expected: 'after the file is closed an access is refused, and all closes well',
        }
        const late = step('write', 'imp', { length: 64 })
        const played = stage.play({
          user: [...stage.lend(), stage.import(), write, step('close', 'nvme'), late, gone, step('close', 'buf')],
        })
        played.demandRefused(late, demand)
        played.demandClean(demand)
      }),
      check('INV-22', 'opened again, it does not bring old buffers back', () => {
        const demand = { rule: 'INV-22', expected: 'a buffer of a file that is closed stays dead; a new one works' }
        const late = step('write', 'imp', { length: 64 })
        const fresh = { ...write, target: 'imp2' }
        const again = step('export', 'second', { bar: 0, ranges: [{ offset: 0, length: 0x4000 }], as: 'buf2' })
        const played = stage.play({
          user: [
            ...stage.lend(),
            stage.import(),
            write,
            step('close', 'nvme'),
            ...stage.open('second'),
            again,
            stage.import('imp2', 'inline', 'near', 'buf2'),
            late,
            fresh,
          ],
        })
        played.demandRefused(late, demand)
        played.demandOk(fresh, demand)
        played.demandClean(demand)
      }),
      check('INV-23', 'its driver can be unbound once the file is closed, whatever buffers there still are', () => {
        const demand = { rule: 'INV-23', expected: 'unbind returns although a buffer and an import of it exist' }
        const unbind = step('unbind', 'nvme')
        const played = stage.play({
          user: [...stage.lend(), stage.import(), write, step('close', 'nvme'), unbind, gone],
        })
        played.demandOk(unbind, demand)
        played.demandClean(demand)
      }),
      unboundWhileOpen(stage),
      check('DMB-1', 'several importers use one buffer beside each other', () => {
        const demand = {
          rule: 'DMB-1',
          expected: 'each of three imports maps for itself; one that closes leaves the others',
        }
        const second = step('write', 'imp2', { length: 64 })
        const third = step('write', 'imp3', { length: 64 })
        const played = stage.play({
          user: [
            ...stage.lend(),
            stage.import(),
            stage.import('imp2'),
            stage.import('imp3', 'inline', 'beside'),
            write,
            gone,
            second,
            third,
          ],
        })
        for (const one of [write, second, third]) played.demandOk(one, demand)
        played.demandClean(demand)
      }),
    ],
  }
}

/** Two files, as one is easily forgotten. Whether the unbind waits for them is up to the exporter. */
function unboundWhileOpen(stage: ExporterStage): Check {
  return check('INV-3', 'unbound while files of it are open, it takes everything back, or waits for them', () => {
    const demand = { rule: 'INV-3', expected: 'when unbind returns nobody has a mapping of a BAR of the device' }
    const second = step('export', 'second', { bar: 0, ranges: [{ offset: 0, length: 0x4000 }], as: 'buf2' })
    const files = [...stage.lend(), ...[...stage.open('second'), second].map(freely)]
    const use = [stage.import(), stage.import('imp2', 'inline', 'beside', 'buf2')]
    const writes = ['imp', 'imp2'].map((as) => step('write', as, { length: 64 }))
    const user = [...files, ...[...use, ...writes, step('sleep', '', { ticks: 2 * A_WHILE }), ...writes].map(freely)]
    const admin = [step('sleep', '', { ticks: A_WHILE }), step('unbind', 'nvme')]
    stage.play({ user, admin }).demandClean(demand)
  })
}
