/** A plugin that does not say what it is gets no row by silence. */
import { done, type Exporter, type Importer, type Plugin } from '@barter/core'
import { expect, test } from 'vitest'
import { MACHINES } from './machines.ts'
import { discover, rowsOf } from './plugins.ts'

const { topology } = MACHINES[0] ?? expect.fail()
const rows = (plugin: Plugin) => rowsOf([() => plugin], topology, { generation: 'G2' })

const supports = { dynamic: true, peer2peer: true, invalidate: true, pins: false, restartable: true }
const importer = (kinds?: Importer['kinds']): Plugin => ({
  name: 'importer-new',
  apply: ({ hooks }) => {
    hooks.importer.for('new').tap('importer-new', () => ({
      driver: 'new',
      supports,
      ...(kinds === undefined ? {} : { kinds }),
      probe: () => done(undefined),
      import: () => expect.fail(),
    }))
  },
})

test('IMP-1, SW-8: a new importer adds its rows by what it says of itself', () => {
  const kind = { options: {}, supports, takes: 'table', maps: 'import', unmaps: 'callback' } as const
  expect(rows(importer([kind, { ...kind, options: { mode: 'other' } }])).importers).toEqual([
    { driver: 'new', kind },
    { driver: 'new', kind: { ...kind, options: { mode: 'other' } } },
  ])
})

test('IMP-1: an importer that says nothing is told what to add', () => {
  const sentence = 'importer new does not say what it is: give it kinds (ImporterKind), one at least'
  expect(() => rows(importer())).toThrow(sentence)
  expect(() => rows(importer([]))).toThrow(sentence)
})

test('IMP-1: so is an exporter', () => {
  const exporter: Exporter = {
    driver: 'new',
    controls: {},
    probe: () => done(undefined),
    remove: () => done(undefined),
    open: () => expect.fail(),
  }
  const plugin: Plugin = {
    name: 'exporter-new',
    apply: ({ hooks }) => {
      hooks.exporter.for('new').tap('exporter-new', () => exporter)
    },
  }
  expect(() => rows(plugin)).toThrow('exporter new does not say what it is: give it a kind (ExporterKind)')
})

test('every plugin of the folder is found, those that shape machines among them', async () => {
  const { drivers, platforms } = await discover()
  expect(drivers.length).toBeGreaterThan(5)
  expect(platforms.every((of) => new Set(of.map(({ row }) => row)).size === of.length)).toBe(true)
})
