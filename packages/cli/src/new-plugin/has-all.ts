/** Whether a new project has to be installed, or finds what it needs in a folder above it. */
import { statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { PluginFile } from './plugin-files.ts'

/** **Shape** `folder`: of the project whose files these are. */
export function hasAll(files: readonly PluginFile[], folder: string): boolean {
  const manifest = files.find(({ path }) => path === 'package.json')?.content ?? '{}'
  const { devDependencies = {} } = JSON.parse(manifest) as {
    readonly devDependencies?: Readonly<Record<string, string>>
  }
  const { resolve } = createRequire(join(folder, 'any.js'))
  return Object.keys(devDependencies).every((name) =>
    (resolve.paths(name) ?? []).some(
      (modules) => statSync(join(modules, name, 'package.json'), { throwIfNoEntry: false })?.isFile() === true,
    ),
  )
}
