/** Finds the functions that a scenario's devices are, and whether there is a driver for each. */
import { type Bdf, type DeviceBinding, nearest, parseBdf, type System, type Topology } from '@barter/core'
import { shown } from '../errors.ts'
import { FIRST_PARTY_DRIVERS } from '../plugins/first-party.ts'
import type { Complaint } from './complaint.ts'
import type { ScenarioFile } from './scenario-file.ts'

export interface BoundDevices {
  readonly devices: Readonly<Record<string, DeviceBinding>>
  readonly complaints: readonly Complaint[]
}

/**
 * Which function each name of a device stands for.
 * **Shape** `names`: what a topology written out calls its functions.
 */
export function bindDevices(file: ScenarioFile, system: System, names: ReadonlyMap<string, Bdf>): BoundDevices {
  const devices: Record<string, DeviceBinding> = {}
  const complaints: Complaint[] = []
  const drivers = [...system.drivers.exporters, ...system.drivers.importers]
  const taken = new Map<Bdf, string>()
  for (const [name, { at, driver }] of Object.entries(file.devices)) {
    const bdf = names.get(at) ?? parseBdf(at)
    if (bdf === undefined || system.topology.find(bdf) === undefined) {
      complaints.push({ path: ['devices', name, 'at'], ...noFunction(at, bdf, system.topology, names) })
      continue
    }
    const other = taken.get(bdf)
    if (other !== undefined) {
      complaints.push({
        path: ['devices', name, 'at'],
        message: `${bdf} is ${other} already`,
        hint: 'use one name for it',
      })
    }
    taken.set(bdf, name)
    if (driver !== undefined && !drivers.includes(driver)) {
      const known = [...new Set([...drivers, ...FIRST_PARTY_DRIVERS])]
      const hint =
        nearest(driver, known) ??
        `there are ${known.join(', ')}; list the plugin that gives it under plugins, or name it with --plugin`
      complaints.push({
        path: ['devices', name, 'driver'],
        message: `no plugin gives the driver ${shown(driver)}`,
        hint,
      })
    }
    devices[name] = { at: bdf, ...(driver === undefined ? {} : { driver }) }
  }
  return { devices, complaints }
}

function noFunction(
  at: string,
  bdf: Bdf | undefined,
  topology: Topology,
  names: ReadonlyMap<string, Bdf>,
): Omit<Complaint, 'path'> {
  const known = [...names.keys(), ...topology.functions.map((fn) => fn.bdf)]
  if (bdf === undefined && names.size === 0) {
    const hint = nearest(at, known) ?? 'write it as sysfs does: 0000:03:00.0, or 03:00.0 in domain 0'
    return { message: `${shown(at)} is not the name of a PCI function`, hint }
  }
  const endpoints = topology.functions.filter((fn) => fn.kind === 'endpoint').map((fn) => fn.bdf)
  const some = [...names.keys(), ...endpoints].slice(0, 8)
  return {
    message: `this machine has no function ${shown(bdf ?? at)}`,
    hint: nearest(bdf ?? at, known) ?? `it has ${some.join(', ')}${endpoints.length > some.length ? ', ...' : ''}`,
  }
}
