/** Tables of all shapes: many entries, entries cut below 4 GiB, windows with trimmed ends. */
import { GiB } from '@barter/core'
import { type Chapter, check } from '../../check/check.ts'
import type { Demand } from '../../check/played.ts'
import { reads, step } from '../../step.ts'
import type { ImporterStage, PlayOptions } from '../importer-stage.ts'
import type { WindowSpec } from '../importer-spec.ts'

const PAGE = 0x1000
/** The largest entry of a table (SGT-9). */
const LONGEST = 4 * GiB - PAGE

type Ranges = readonly (readonly [offset: number, length: number])[]

/** Every second page, from the last to the first. */
const SCATTERED: Ranges = Array.from({ length: 8 }, (_, i) => [(14 - 2 * i) * PAGE, PAGE])

export function sgShapes(stage: ImporterStage): Chapter {
  const lands = (
    ranges: Ranges,
    bar: number,
    offsets: readonly number[],
    demand: Demand,
    options: PlayOptions = {},
  ): void => {
    const pairs = offsets.map((offset) => {
      const data = `at ${offset}!`
      return {
        data,
        write: step('write', 'imp', { offset, data, length: data.length }),
        peek: step('peek', 'nvme', { offset, length: data.length }),
        read: reads('imp', data, offset),
      }
    })
    const played = stage.play(
      {
        user: [
          ...stage.lend(ranges, bar),
          stage.import(),
          ...pairs.flatMap(({ write, peek, read }) => [...stage.prepare(), write, peek, ...stage.prepare(), read]),
          step('close', 'imp'),
        ],
      },
      options,
    )
    for (const { write, peek, read, data } of pairs) {
      played.demandOk(write, demand)
      played.demandValue(peek, data, demand)
      played.demandRead(read, demand)
    }
    played.demandClean(demand)
  }
  return {
    name: 'sg shapes',
    checks: [
      check('SGT-10', 'ranges in any order are one buffer, in that order', () => {
        const expected = 'byte n of the import is byte n of the ranges one after the other, also across their borders'
        lands(
          [
            [0x8000, PAGE],
            [0, 2 * PAGE],
            [0x4000, PAGE],
          ],
          0,
          [0, PAGE - 4, PAGE, 3 * PAGE - 4, 4 * PAGE - 16],
          {
            rule: 'SGT-10',
            expected,
          },
        )
      }),
      check('SGT-11', 'a table of many entries is walked to its end', () => {
        const expected = 'each of eight pages that do not touch is reached by its own entry'
        const starts = SCATTERED.map((_, i) => i * PAGE + 8)
        lands(SCATTERED, 0, starts, { rule: 'SGT-11', expected })
      }),
      check('SGT-9', 'a range above 4 GiB comes in several entries', () => {
        const expected = 'bytes at the cut of two entries, and behind it, land where they belong'
        lands([[0, 4 * GiB + 2 * PAGE]], 2, [0, LONGEST - 4, LONGEST, 4 * GiB + PAGE], { rule: 'SGT-9', expected })
      }),
      ...(stage.spec.windows ?? []).map((window, i) => trimmed(stage, window, i)),
    ],
  }
}

/** **Source** RDMA-2, RDMA-3 */
function trimmed(stage: ImporterStage, { options, offset, length }: WindowSpec, i: number) {
  return check('RDMA-3', `window ${i + 1} (${length} bytes at ${offset}): the trimmed table goes back whole`, () => {
    const demand = {
      rule: 'RDMA-3',
      expected: 'the window begins and ends where it says, and unmap gets the table as map gave it',
    }
    const bring = { ...stage.import(), args: { ...stage.import().args, ...options } }
    const first = step('write', 'imp', { data: 'first', length: 5 })
    const last = step('write', 'imp', { data: 'last', length: 4, offset: length - 4 })
    const beyond = step('write', 'imp', { data: 'x', length: 1, offset: length })
    const peeks = [
      step('peek', 'nvme', { offset, length: 5 }),
      step('peek', 'nvme', { offset: offset + length - 4, length: 4 }),
    ] as const
    const played = stage.play({
      user: [...stage.lend(), bring, ...stage.prepare(), first, last, beyond, ...peeks, step('close', 'imp')],
    })
    played.demandOk(first, demand)
    played.demandOk(last, demand)
    played.demandRefused(beyond, demand)
    played.demandValue(peeks[0], 'first', demand)
    played.demandValue(peeks[1], 'last', demand)
    played.demandClean(demand)
  })
}
