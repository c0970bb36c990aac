/**
 * Every plugin of the folder `plugins/`, as it describes itself: exporters and importers by their `kind` and `kinds`, what
 * shapes a machine by `barter.matrix` of its package.json. Whoever does not is told what to add.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { FIRST_PARTY } from '@barter/cli'
import { compose, type ExporterKind, type Facts, type ImporterKind, type Plugin, type Topology } from '@barter/core'
import { sim, simulate } from '@barter/sim'

export type Make = () => Plugin

export interface ExporterRow {
  readonly driver: string
  readonly kind: ExporterKind
  readonly words: ReadonlySet<string>
}

export interface ImporterRow {
  readonly driver: string
  readonly kind: ImporterKind
}

/** Ways to compose one plugin that shapes the machine. */
export interface PlatformRow {
  readonly plugin: string
  readonly row: string
  readonly make: Make
}

export interface Discovered {
  /** Those that give drivers. */
  readonly drivers: readonly Make[]
  /** By plugin. */
  readonly platforms: readonly (readonly PlatformRow[])[]
}

interface Manifest {
  readonly name: string
  readonly barter?: {
    readonly matrix?: readonly { readonly factory: string; readonly row: string; readonly options?: unknown }[]
  }
}

type Factory = (options?: unknown) => Plugin

const FOLDER = new URL('../../plugins/', import.meta.url)

/** **Errors** a sentence that says what a plugin has to add. */
export async function discover(): Promise<Discovered> {
  const drivers: Make[] = []
  const platforms: PlatformRow[][] = []
  for (const folder of readdirSync(fileURLToPath(FOLDER)).sort()) {
    const manifest = JSON.parse(readFileSync(new URL(`${folder}/package.json`, FOLDER), 'utf8')) as Manifest
    const entries = Object.values(FIRST_PARTY).filter((entry) => entry.package === manifest.name)
    if (entries.length === 0) {
      throw new Error(
        `plugins/${folder} is not in FIRST_PARTY: add its factory and drivers to packages/cli/src/plugins/first-party.ts`,
      )
    }
    const made = (await import(manifest.name)) as Readonly<Record<string, unknown>>
    const factory = (name: string): Factory => {
      const found = made[name]
      if (typeof found !== 'function') throw new Error(`plugins/${folder} exports no factory ${name}`)
      return found as Factory
    }
    const giving = entries.filter((entry) => entry.drivers.length > 0)
    drivers.push(...giving.map((entry) => () => factory(entry.factory)()))
    const rows = (manifest.barter?.matrix ?? []).map(({ factory: name, row, options }): PlatformRow => ({
      plugin: folder,
      row,
      make: () => factory(name)(options),
    }))
    if (giving.length === 0 && rows.length === 0) {
      throw new Error(
        `plugins/${folder} gives no driver, and its package.json does not say how to compose it: add barter.matrix, a list of { factory, row, options }`,
      )
    }
    if (rows.length > 0) platforms.push(rows)
  }
  return { drivers, platforms }
}

/** What the drivers say of themselves on one machine. **Errors** a sentence that says what a driver has to add. */
export function rowsOf(
  drivers: readonly Make[],
  topology: Topology,
  facts: Pick<Facts, 'generation'>,
): { readonly exporters: readonly ExporterRow[]; readonly importers: readonly ImporterRow[] } {
  const system = compose({ topology, plugins: [sim(), ...drivers.map((make) => make())], facts })
  const { run } = simulate(system, new Map(), { seed: 1 }, {})
  const exporters = system.drivers.exporters.map((driver): ExporterRow => {
    const { kind, controls } = run.exporter(driver)
    if (kind === undefined) throw new Error(`exporter ${driver} does not say what it is: give it a kind (ExporterKind)`)
    return { driver, kind, words: new Set(Object.keys(controls)) }
  })
  const importers = system.drivers.importers.flatMap((driver): readonly ImporterRow[] => {
    const { kinds = [] } = run.importer(driver)
    if (kinds.length === 0) {
      throw new Error(`importer ${driver} does not say what it is: give it kinds (ImporterKind), one at least`)
    }
    return kinds.map((kind) => ({ driver, kind }))
  })
  return { exporters, importers }
}

export const nameOf = ({ driver, kind }: ImporterRow): string => {
  const options = Object.entries(kind.options).map(([name, value]) => `${name}=${JSON.stringify(value)}`)
  return options.length === 0 ? driver : `${driver} ${options.join(' ')}`
}
