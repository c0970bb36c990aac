/** Recordings to replay, and the machine to replay them on. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { compose, type FactsChange, type Machine, type Topology } from '@barter/core'
import { vfioPci } from '@barter/exporter-vfio-pci'
import { probe } from '@barter/importer-probe'
import { iommufd } from '@barter/importer-iommufd'
import { type1 } from '@barter/legacy-type1'
import { iommu } from '@barter/platform-iommu'
import { sim } from '@barter/sim'
import { type Recording, readRecording } from '@barter/parity'

export interface FoundRecording {
  readonly file: string
  readonly recording: Recording
}

/** Recordings in a folder; `undefined` when there is no such folder. */
export function recordingsIn(folder: string): readonly FoundRecording[] | undefined {
  if (!existsSync(folder)) return undefined
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => ({ file: name, recording: readRecording(name, readFileSync(join(folder, name), 'utf8')) }))
}

export function simulator(topology: Topology, facts: FactsChange): Machine {
  const plugins = [sim(), vfioPci(), probe(), type1(), iommufd(), iommu()]
  return compose({ topology, facts, plugins }).machine('sim')
}
