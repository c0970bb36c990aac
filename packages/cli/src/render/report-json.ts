/** A run as one JSON document. The same run gives the same bytes. */
import type { Report } from '@barter/core'
import type { LoadedScenario } from '../scenario/load.ts'

/** **Shape** `barter.run/1`: a head, then the fields of core's `Report`. Whole numbers beyond 2^53 are hex text. */
export function reportJson(report: Report, { machine, scenario, system }: LoadedScenario): string {
  const document = {
    schema: 'barter.run/1',
    scenario: { title: scenario.title, machine, plugins: system.plugins, devices: scenario.devices },
    ...report,
  }
  return `${JSON.stringify(document, plainValue, 2)}\n`
}

function plainValue(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return `0x${value.toString(16)}`
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
  return value instanceof Set ? [...(value as Set<unknown>)] : value
}
