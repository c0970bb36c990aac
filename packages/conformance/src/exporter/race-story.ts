/** Everything at once: importers of three kinds come and go, and the exporter takes back, lends again and closes. */
import type { Step } from '@barter/core'
import type { Manner } from '../borrower/manner.ts'
import type { Interleaved } from '../check/interleavings.ts'
import type { Steps } from '../check/stage.ts'
import { freely, step } from '../step.ts'
import type { TakingSpec } from './exporter-spec.ts'
import type { ExporterStage } from './exporter-stage.ts'

export const borrowing = (stage: ExporterStage, as: string, manner: Manner, on = 'near'): readonly Step[] => [
  freely(stage.import(as, manner, on)),
  freely(step('write', as, { length: 64 })),
  freely(step('close', as)),
]

export function raceStory(stage: ExporterStage): Steps {
  const turns = stage.spec.takes.flatMap((way) => [...stage.take(way), ...stage.giveBack(way)])
  return {
    vmm: [...stage.lend(), ...turns.map(freely), step('close', 'nvme')],
    one: borrowing(stage, 'imp', 'inline'),
    two: borrowing(stage, 'imp2', 'worker', 'beside'),
    three: borrowing(stage, 'imp3', 'greedy', 'far'),
  }
}

/** The wait for an importer that unmaps from a thread of its own: whenever that comes, it is noticed. */
export function unmapsByItself(stage: ExporterStage, way: TakingSpec): Interleaved {
  const mapped = step('wait', 'imp', { until: 'mapped' })
  const use = [stage.import('imp', 'prompt'), step('write', 'imp', { length: 64 })]
  return {
    rule: 'INV-10',
    says: `an importer unmaps from a thread of its own, at any moment of ${way.name}`,
    story: {
      vmm: [...stage.lend(), mapped, ...stage.take(way)],
      one: [...use, step('wait', 'vmm', { until: 'done' }), step('close', 'imp')].map(freely),
    },
  }
}

/** Who makes a buffer decides whether it is there to be taken back, and what state it begins in, at one moment. */
export function lentMeanwhile(stage: ExporterStage, way: TakingSpec): Interleaved {
  return {
    rule: 'VFIO-16',
    says: `a buffer is lent while everything is taken back by ${way.name}`,
    story: {
      vmm: [...stage.open(), ...stage.take(way), step('wait', 'one', { until: 'done' }), ...stage.giveBack(way)].map(
        freely,
      ),
      one: [freely(stage.export()), ...borrowing(stage, 'imp', 'inline')],
    },
  }
}
