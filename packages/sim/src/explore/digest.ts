/** Stands for a scenario and the system that it runs on: what a recorded schedule belongs to. */
import { type Scenario, type System, textDigest } from '@barter/core'

export function digestOf(system: System, scenario: Scenario): string {
  const { topology, facts, plugins, settings } = system
  const machine = topology.functions.map((fn) => [fn.bdf, fn.vendor, fn.device, fn.bars, readable(fn.config.bytes)])
  const parts = [scenario.devices, scenario.actors, machine, topology.hostBridges, topology.cpu, plugins]
  const kernel = { ...facts, switches: [...facts.switches] }
  return textDigest(
    JSON.stringify(settings.length === 0 ? [parts, kernel] : [parts, kernel, settings], (_key, value: unknown) =>
      typeof value === 'bigint' ? `${value}` : value,
    ),
  )
}

const readable = (bytes: Uint8Array): string => bytes.join()
