/**
 * Every exporter with every importer, on many machines and platforms, in each generation, under each trigger: composed,
 * run with the judge on, and held against what the rules say must come of it (`rules/`). The rows are what the folder
 * `plugins/` holds.
 */
import type { Generation } from '@barter/core'
import { afterAll, describe, expect, test } from 'vitest'
import { SEED, runs, TIMEOUT } from '../properties/sweep.ts'
import { type Combination, differences, nameOfCombination } from './combination.ts'
import { Counts } from './counts.ts'
import { MACHINES } from './machines.ts'
import { type PlatformChoice, platformChoices } from './platforms.ts'
import { discover, type ExporterRow, type ImporterRow, nameOf, rowsOf } from './plugins.ts'
import { pick } from './pick.ts'
import { refusal } from './rules/admission.ts'
import { type TriggerRow, TRIGGERS, wordsOf } from './triggers.ts'

const { drivers, platforms } = await discover()
const GENERATIONS: readonly Generation[] = ['G1', 'G1p', 'G2r', 'G2']
const PAGE_SIZES = [4096, 16384, 65536]
const anyMachine = MACHINES[0] ?? expect.fail()
const CHOICES = platformChoices(platforms)
const plain = CHOICES[0] ?? expect.fail()
const translated = CHOICES.find(({ rows: [row, ...more] }) => row?.plugin === 'platform-iommu' && more.length === 0)
/** Where everything is tried: straight through a switch, and through the root complex and an IOMMU. */
const WHOLE = [
  { machine: anyMachine, platform: plain },
  {
    machine: MACHINES.find(({ row }) => row === 'two root ports, Zen') ?? expect.fail(),
    platform: translated ?? expect.fail(),
  },
]
/** As the plugins describe themselves, which may depend on the generation. */
const ROWS = new Map(
  GENERATIONS.map((generation) => [generation, rowsOf(drivers, anyMachine.topology, { generation })]),
)
const { exporters, importers } = ROWS.get('G2') ?? expect.fail()
const counts = new Counts()

/** The rows of two plugins in one generation. */
function rowsIn(generation: Generation, exporter: number, importer: number): readonly [ExporterRow, ImporterRow] {
  const rows = ROWS.get(generation)
  return [rows?.exporters[exporter] ?? expect.fail(), rows?.importers[importer] ?? expect.fail()]
}

/** Drivers have words of their own; and who maps the addresses of a process dies with it. */
const applies = (trigger: TriggerRow, exporter?: ExporterRow, importer?: ImporterRow): boolean =>
  wordsOf(trigger).every((word) => exporter?.words.has(word)) &&
  !(trigger.kills === true && importer?.kind.takes === 'mapping')

/** All generations and triggers in two places, then some of all the others. */
function* combinationsOf(exporter: number, importer: number): Generator<Combination> {
  const triggers = TRIGGERS.filter((trigger) => applies(trigger, exporters[exporter], importers[importer]))
  const make = (
    generation: Generation,
    rest: Omit<Combination, 'drivers' | 'exporter' | 'importer' | 'generation'>,
  ) => {
    const [lends, uses] = rowsIn(generation, exporter, importer)
    return { drivers, exporter: lends, importer: uses, generation, ...rest }
  }
  for (const generation of GENERATIONS) {
    for (const where of WHOLE)
      for (const trigger of triggers) yield make(generation, { ...where, pageSize: 4096, trigger })
  }
  const random = pick(SEED + 1000 * exporter + importer)
  for (let i = 0; i < runs(24); i++) {
    yield make(random(GENERATIONS), {
      machine: MACHINES[i % MACHINES.length] ?? anyMachine,
      platform: random<PlatformChoice>(CHOICES),
      pageSize: random(PAGE_SIZES),
      trigger: random(triggers),
    })
  }
}

describe.each(exporters.map((row, i) => [row.driver, i] as const))('%s', (_driver, exporter) => {
  test.each(importers.map((row, i) => [nameOf(row), i] as const))(
    'IMP-5, GEN-18, VFIO-25, SGT-2, REV-2, TRG-1 to TRG-18: %s',
    { timeout: TIMEOUT },
    (_name, importer) => {
      const wrong: string[] = []
      for (const combination of combinationsOf(exporter, importer)) {
        const found = differences(combination)
        counts.add(combination)
        if (found.length > 0) wrong.push(`${nameOfCombination(combination)}: ${found.join('; ')}`)
      }
      expect(wrong).toEqual([])
    },
  )
})

test('GEN-7: who takes physical ranges is let in by every kernel, though it pins in the later ones', () => {
  const vfio = exporters.find(({ kind }) => kind.ranges)?.kind ?? expect.fail()
  const pins = GENERATIONS.map((generation) => {
    const takers = ROWS.get(generation)?.importers.filter(({ kind }) => kind.takes === 'ranges') ?? []
    expect(takers.map(({ kind }) => refusal(vfio, kind, generation))).toEqual(takers.map(() => undefined))
    return takers.map(({ kind }) => kind.supports.pins)
  })
  // That the runs agree is what the tests above say.
  expect(pins).toEqual([[false], [false], [true], [true]])
})

test('every two rows of two axes meet in some combination', () => {
  expect(counts.missing()).toEqual([])
})

afterAll(() => {
  console.log(counts.text())
})
