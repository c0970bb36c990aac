/** Everything at once: importers of three kinds come and go, and the exporter takes back, lends again and closes. */
import type { Step } from '@barter/core'
import type { Manner } from '../borrower/manner.ts'
import type { Steps } from '../check/stage.ts'
import { freely } from '../importer/race-story.ts'
import { step } from '../step.ts'
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
