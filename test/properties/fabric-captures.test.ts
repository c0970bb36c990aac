/** The fabric judges every mapping, on the machines of the captures and in every surrounding. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { type IommuMode, isMemoryBar, MiB, type Plugin, readBridgeWindows, type Topology } from '@barter/core'
import { loadMachine } from '@barter/inspect'
import { ACS_MODES } from '@barter/platform-acs'
import { busOffset, type HostBridgeOffset } from '@barter/platform-bus-offset'
import { describe, expect, test } from 'vitest'
import { wrongOnOurSide } from './disagreement.ts'
import { story, tryAll } from './every-pair.ts'
import { TIMEOUT } from './sweep.ts'
import { type Surroundings, wholeSystem } from './whole-system.ts'

const MODES: readonly IommuMode[] = ['none', 'identity', 'translated']
const PAGE_SIZES = [4096, 16384, 65536]
const captures = join(import.meta.dirname, '../../examples/captures')

describe('INV-16, INV-18: on the machines of the captures each map lands in its byte by its way, or is refused', () => {
  const files = readdirSync(captures).filter((name) => name.endsWith('.tar.gz'))

  test.each(files)('%s', { timeout: TIMEOUT }, async (file) => {
    const captured = await loadMachine(join(captures, file))
    let mapped = 0
    for (const surroundings of surroundingsOf(captured)) {
      const system = wholeSystem(captured, surroundings)
      for (const trial of await tryAll(system)) {
        if (trial.mapped) mapped++
        const wrong = wrongOnOurSide(system.topology, trial, surroundings.iommu === 'translated')
        expect(wrong, `${surroundings.name}: ${story(trial)}`).toEqual([])
      }
    }
    expect(mapped).toBeGreaterThan(1000)
  })
})

type NamedSurroundings = Surroundings & { readonly name: string }

/** Each IOMMU mode with each ACS mode; page sizes and a bus offset with some of them. */
function* surroundingsOf(topology: Topology): Generator<NamedSurroundings> {
  const moved: readonly Plugin[] = [busOffset(everythingMoved(topology))]
  for (const iommu of MODES) {
    for (const acs of ACS_MODES) yield { iommu, acs, name: `IOMMU ${iommu}, ACS ${acs}` }
    for (const acs of ['off', 'redirect'] as const) {
      yield { iommu, acs, plugins: moved, name: `IOMMU ${iommu}, ACS ${acs}, bus offset` }
    }
    for (const pageSize of PAGE_SIZES)
      yield { iommu, facts: { pageSize }, name: `IOMMU ${iommu}, pages of ${pageSize}` }
  }
}

/** CPU addresses of all that is below far above bus addresses, by another step for each host bridge. */
function everythingMoved(topology: Topology): HostBridgeOffset[] {
  return topology.hostBridges.flatMap(({ id }, i) => {
    const spans = topology.functions
      .filter((fn) => fn.hostBridge === id)
      .flatMap((fn) => [
        ...fn.bars.filter(isMemoryBar).map(({ bus, length = 0 }) => ({ start: bus, end: bus + length })),
        ...readBridgeWindows(fn.config).map(({ start, length }) => ({ start, end: start + length })),
      ])
    const windows = [spans.filter(({ end }) => end <= 2 ** 32), spans.filter(({ end }) => end > 2 ** 32)].flatMap(
      (some) => {
        if (some.length === 0) return []
        const first = Math.min(...some.map(({ start }) => start))
        const bus = first - (first % MiB)
        const end = Math.ceil(Math.max(...some.map((span) => span.end)) / MiB) * MiB
        return [{ start: 2 ** 44 * (i + 1) + bus, length: end - bus, bus }]
      },
    )
    return windows.length === 0 ? [] : [{ hostBridge: id, keep: 'bus' as const, windows }]
  })
}
