/** The bus offset of a BAR is sampled once, so nobody may move it under a driver. */
import { buildTopology, compose, type Step } from '@barter/core'
import { vfioPci } from '@barter/exporter-vfio-pci'
import { probe } from '@barter/importer-probe'
import { runScenario, sim } from '@barter/sim'
import { expect, test } from 'vitest'

const step = (verb: string, target: string, args = {}): Step => ({ verb, target, args })

test('P2P-5: a BAR is not resized while a driver is bound', () => {
  const bars = [{ index: 0, length: '64 KiB' as const }]
  const { topology, names } = buildTopology({
    hostBridges: [
      {
        devices: ['lender', 'user'].map((endpoint) => ({ rootPort: `over ${endpoint}`, below: [{ endpoint, bars }] })),
      },
    ],
  })
  const at = (name: string) => names.get(name) ?? expect.fail(name)
  const resize = (name: string) => step('resizeBar', name, { bar: 0 })
  const report = runScenario(
    compose({ topology, plugins: [sim(), vfioPci(), probe()] }),
    {
      title: 'resize',
      devices: { lender: { at: at('lender'), driver: 'vfio-pci' }, user: { at: at('user'), driver: 'probe' } },
      actors: [
        { name: 'admin', steps: [resize('lender'), resize('user'), step('unbind', 'lender'), resize('lender')] },
      ],
      expect: [],
    },
    { seed: 1 },
  )
  const ends = report.outcomes.map(({ result }) =>
    result.kind === 'errno' ? `${result.errno} ${result.rule}` : result.kind,
  )
  expect(ends).toEqual(['EBUSY P2P-5', 'EBUSY P2P-5', 'ok', 'EOPNOTSUPP P2P-5'])
})
