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

/** A fiftieth of all steps may be left out, and no more. */
const MOST_LEFT_OUT = 0.02

function holds(what: string, folder: string): void {
  describe(what, () => {
    const found = recordingsIn(folder)
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
      expect(left).toBeLessThan(report.steps * MOST_LEFT_OUT)
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
holds('recordings of iommufd, and of VFIO without an IOMMU', join(beside, 'kernel-7.3.4-iommufd'))
