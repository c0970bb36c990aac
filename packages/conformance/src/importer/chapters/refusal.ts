/** What the exporter or the platform refuses reaches user space, and leaves nothing behind. */
import type { Errno, Step } from '@barter/core'
import { type Chapter, check } from '../../check/check.ts'
import type { Demand } from '../../check/played.ts'
import { step } from '../../step.ts'
import type { ImporterStage, PlayOptions } from '../importer-stage.ts'

export function refusal(stage: ImporterStage): Chapter {
  const { peer2peer, invalidate } = stage.supports
  const lend = stage.lend()
  const bring = stage.import()
  const release = [step('close', 'buf')]
  const refused = (before: readonly Step[], errno: Errno, demand: Demand, options: PlayOptions = {}): void => {
    const played = stage.play({ user: [...before, bring, ...release] }, options)
    played.demandRefused(bring, demand, errno)
    played.demandClean(demand)
  }
  const checks = [
    check('VFIO-25', 'of a revoked buffer nothing can be imported', () => {
      refused([...lend, step('revoke', 'nvme')], 'ENODEV', {
        rule: 'VFIO-25',
        expected: 'import fails with the ENODEV that the exporter gave at attach, and keeps no reference',
      })
    }),
    check('VFIO-24c', 'of a buffer whose exporter is gone nothing can be imported', () => {
      refused([...lend, step('close', 'nvme')], 'ENODEV', {
        rule: 'VFIO-24c',
        expected: 'import fails with ENODEV, and keeps no reference',
      })
    }),
    check('SGT-8', 'where no packet can go it is refused, at import or at first use', () => {
      const demand = {
        rule: 'SGT-8',
        expected: 'the EINVAL of a map that cannot be reaches user space, and nothing stays',
      }
      const far = stage.import('imp', 'far')
      const write = step('write', 'imp', { length: 64 })
      const played = stage.play(
        { user: [...lend, far, ...stage.prepare(), write, step('close', 'imp'), ...release] },
        { trusted: false },
      )
      const atOnce = played.resultOf(far).kind !== 'ok'
      played.demandRefused(atOnce ? far : write, demand)
      played.demandClean(demand)
    }),
    check('INV-16', 'an access beyond the end reaches nobody', () => {
      const demand = {
        rule: 'INV-16',
        expected: 'a write or a read beyond the end of the buffer is refused, and the memory behind it stays as it is',
      }
      const beyond = step('write', 'imp', { offset: 0x1000, length: 64, data: 'beyond' })
      const across = step('write', 'imp', { offset: 0xfe0, length: 64, data: 'across' })
      const reading = step('read', 'imp', { offset: 0x1000, length: 64 })
      const peek = step('peek', 'nvme', { buffer: 1, length: 6 })
      const next = step('export', 'nvme', { bar: 0, ranges: [{ offset: 0x1000, length: 0x1000 }], as: 'next' })
      const played = stage.play({
        user: [
          ...stage.lend([[0, 0x1000]]),
          next,
          bring,
          ...stage.prepare(),
          beyond,
          across,
          reading,
          peek,
          step('close', 'imp'),
        ],
      })
      played.demandRefused(beyond, demand)
      played.demandRefused(across, demand)
      played.demandRefused(reading, demand)
      played.demandValue(peek, '\0'.repeat(6), demand)
      played.demandClean(demand)
    }),
  ]
  if (peer2peer && invalidate) return { name: 'refusal', checks }
  const strict = check('VFIO-25', 'an exporter that revokes refuses it, and that ends well', () => {
    refused(
      lend,
      'EOPNOTSUPP',
      {
        rule: 'VFIO-25',
        expected: `${peer2peer ? 'without a callback' : 'without peer to peer'} import fails with EOPNOTSUPP, and keeps no reference`,
      },
      { lender: { admits: 'revocable' } },
    )
  })
  return { name: 'refusal', checks: [strict, ...checks] }
}
