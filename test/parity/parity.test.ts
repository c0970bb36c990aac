/**
 * Every recording of a real kernel, step by step. Those in examples/recordings are always there; the others lie beside
 * the repository, if they are there at all.
 */
import { basename, join } from 'node:path'
import { parityReport, type ParityReport, REASONS, type Replayed, replayRecording } from '@barter/parity'
import { beforeAll, describe, expect, test } from 'vitest'
import { type FoundRecording, recordingsIn, simulator } from './recordings.ts'

const root = join(import.meta.dirname, '..', '..')
const beside = join(root, '..', 'shared', 'data')

const replayAll = (found: readonly FoundRecording[]): Promise<readonly Replayed[]> =>
  Promise.all(found.map(async (one) => ({ ...one, verdicts: await replayRecording(one.recording, simulator) })))

/** A tenth of all steps may be left out, and no more. */
const MOST_LEFT_OUT = 0.1

function holds(what: string, folder: string, only: (file: string) => boolean = () => true): void {
  describe(what, () => {
    const found = recordingsIn(folder)?.filter(({ file }) => only(file))
    let report: ParityReport

    beforeAll(async () => {
      report = parityReport(await replayAll(found ?? []))
    }, 120_000)

    test(`every comparable step of ${basename(folder)} agrees`, (context) => {
      if (found === undefined) return context.skip(`there is no ${folder}`)
      expect(report.differences).toEqual([])
      expect(report.agreed).toBe(report.compared)
      expect(report.files).toBe(found.length)
    })

    test('each step is compared, or left out for a reason of the table', (context) => {
      if (found === undefined) return context.skip(`there is no ${folder}`)
      const left = report.notComparable.reduce((sum, { count }) => sum + count, 0)
      expect(report.compared + left).toBe(report.steps)
      for (const { op, reason } of report.notComparable) {
        const [id = ''] = reason.split(':')
        const row = Object.entries(REASONS).find(([known]) => known === id)?.[1]
        expect([op, ...(row?.ops ?? [])], reason).toEqual(expect.arrayContaining([row?.ops[0] === '*' ? '*' : op]))
      }
    })
  })
}

holds('recordings that are shipped', join(root, 'examples', 'recordings'))
holds('recordings of Linux 7.3.4', join(beside, 'kernel-7.3.4'))
holds('recordings without an IOMMU', join(beside, 'kernel-7.3.4-iommufd'), (file) => file.startsWith('noiommu-'))
holds('recordings of iommufd, as far as they need none', join(beside, 'kernel-7.3.4-iommufd'), (file) =>
  file.startsWith('iommufd-'),
)

describe('both together', () => {
  test('less than a tenth of all steps is left out', async (context) => {
    const kernel = recordingsIn(join(beside, 'kernel-7.3.4'))
    const without = recordingsIn(join(beside, 'kernel-7.3.4-iommufd'))?.filter(({ file }) =>
      file.startsWith('noiommu-'),
    )
    if (kernel === undefined || without === undefined) return context.skip(`there are no recordings in ${beside}`)
    const { steps, compared } = parityReport(await replayAll([...kernel, ...without]))
    expect(steps - compared).toBeLessThan(steps * MOST_LEFT_OUT)
  }, 120_000)
})
