/** The table is the buffer: its ranges in order, whole pages, entries below 4 GiB. */
import { GiB } from '@barter/core'
import { type Chapter, check } from '../../check/check.ts'
import type { Demand } from '../../check/played.ts'
import { step } from '../../step.ts'
import type { ExporterPlay, ExporterStage } from '../exporter-stage.ts'

const PAGE = 0x1000

/** A place in the buffer, and where it is in the BAR. */
type Place = readonly [inBuffer: number, inBar: number]

export function sgShapes(stage: ExporterStage): Chapter {
  const lands = (
    ranges: readonly (readonly [number, number])[],
    bar: number,
    places: readonly Place[],
    demand: Demand,
    where: ExporterPlay = {},
  ) => {
    const pairs = places.map(([offset, inBar]) => {
      const data = `at ${offset}!`
      return {
        data,
        write: step('write', 'imp', { offset, data, length: data.length }),
        peek: step('peek', 'imp', { device: 'nvme', bar, offset: inBar, length: data.length }),
      }
    })
    const use = pairs.flatMap(({ write, peek }) => [write, peek])
    const played = stage.play(
      { user: [...stage.open(), stage.export('buf', ranges, bar), stage.import(), ...use] },
      where,
    )
    for (const { write, peek, data } of pairs) {
      played.demandOk(write, demand)
      played.demandValue(peek, data, demand)
    }
    played.demandClean(demand)
  }
  const one = check('INV-17', 'a range in the middle of a BAR is that range', () => {
    const expected = 'the first and the last byte of the buffer are those of the range'
    lands(
      [[0x4000, 2 * PAGE]],
      0,
      [
        [0, 0x4000],
        [2 * PAGE - 16, 0x4000 + 2 * PAGE - 16],
      ],
      { rule: 'INV-17', expected },
    )
  })
  const onTheBus = check('P2P-4', 'a peer is given the address that the range has on the bus', () => {
    const expected =
      'where BARs have other addresses on the bus than for the CPU, each by an offset of its own, the provider is that of the BAR'
    for (const bar of stage.spec.ranges === false ? [0] : [0, 2]) {
      lands([[0, PAGE]], bar, [[0, 0]], { rule: 'P2P-4', expected }, { offsets: true })
    }
  })
  if (stage.spec.ranges === false) return { name: 'sg shapes', checks: [one, onTheBus] }
  return {
    name: 'sg shapes',
    checks: [
      one,
      onTheBus,
      check('VFIO-14', 'ranges are one buffer, in the order given', () => {
        const expected = 'byte n of the buffer is byte n of the ranges one after the other'
        lands(
          [
            [0x8000, PAGE],
            [0, 2 * PAGE],
            [0x4000, PAGE],
          ],
          0,
          [
            [0, 0x8000],
            [PAGE, 0],
            [2 * PAGE, PAGE],
            [3 * PAGE, 0x4000],
          ],
          {
            rule: 'VFIO-14',
            expected,
          },
        )
      }),
      check('SGT-9', 'more than 4 GiB come in several entries', () => {
        const expected = 'bytes on both sides of the cut, and behind it, are where they belong'
        const cut = 4 * GiB - PAGE
        lands(
          [[0, 4 * GiB + PAGE]],
          2,
          [
            [0, 0],
            [cut - 32, cut - 32],
            [cut, cut],
            [4 * GiB, 4 * GiB],
          ],
          { rule: 'SGT-9', expected },
        )
      }),
    ],
  }
}
