/** The files of a new plugin: those of `templates/`, where the driver is called sample. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { PluginKind } from './plugin-kinds.ts'
import type { PluginNames } from './plugin-name.ts'

export interface PluginFile {
  /** Within the project, with `/`. */
  readonly path: string
  readonly content: string
}

/** npm leaves a file of that name out of a package. */
const RENAMED: Readonly<Record<string, string>> = { gitignore: '.gitignore' }

/** **Shape** `version`: of this house; the project wants it or a later one that is compatible. */
export function pluginFiles(kind: PluginKind, names: PluginNames, version: string): readonly PluginFile[] {
  const root = fileURLToPath(new URL(`../../templates/${kind}`, import.meta.url))
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const from = join(entry.parentPath, entry.name)
      const path = from.slice(root.length + 1).replaceAll('\\', '/')
      const content = named(readFileSync(from, 'utf8'), names)
      return {
        path: RENAMED[path] ?? path,
        content:
          path === 'package.json' ? content.replaceAll(/("@barter\/[a-z-]+": ")[^"]+/g, `$1^${version}`) : content,
      }
    })
    .sort((a, b) => (a.path < b.path ? -1 : 1))
}

/** What else there is in the stories: a device of that name would be a second one. */
const TAKEN: ReadonlySet<string> = new Set(['buf', 'nic', 'nvme', 'region', 'rp', 'sw'])

/** In an identifier as it wants to be there, else as it was given. */
const named = (text: string, { kebab, camel, pascal }: PluginNames): string =>
  text
    .replaceAll('sample-device', TAKEN.has(kebab) ? `${kebab}-card` : kebab)
    .replaceAll(/sample(?=[A-Z])/g, camel)
    .replaceAll('Sample', pascal)
    .replaceAll('sample', kebab)
