/** Stands for a scenario and the system that it runs on: what a recorded schedule belongs to. */
import { type Scenario, type System, textDigest } from '@barter/core'

export function digestOf(system: System, scenario: Scenario): string {
  const { topology, facts, plugins } = system
  const machine = topology.functions.map((fn) => [fn.bdf, fn.vendor, fn.device, fn.bars, readable(fn.config.bytes)])
  const parts = [scenario.devices, scenario.actors, machine, topology.hostBridges, topology.cpu, plugins]
  const kernel = { ...facts, switches: [...facts.switches] }
  return textDigest(
    JSON.stringify([parts, kernel], (_key, value: unknown) => (typeof value === 'bigint' ? `${value}` : value)),
  )
}

const readable = (bytes: Uint8Array): string => bytes.join()
