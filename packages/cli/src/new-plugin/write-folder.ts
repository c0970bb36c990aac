/** A folder that is written whole or not at all. */
import { lstatSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { folderExists, outputFailed } from '../errors.ts'
import type { PluginFile } from './plugin-files.ts'

/** Made beside its place and moved there when it is whole. **Errors** `FOLDER_EXISTS`, `OUTPUT_FAILED`. */
export function writeFolder(path: string, files: readonly PluginFile[], cwd: string): void {
  const folder = resolve(cwd, path)
  if (lstatSync(folder, { throwIfNoEntry: false }) !== undefined) throw folderExists(path)
  const parent = dirname(folder)
  if (statSync(parent, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw outputFailed(path, `there is no folder ${dirname(path)}`, 'make the folder first')
  }
  const part = join(parent, `.${basename(folder)}.${process.pid}.part`)
  try {
    // Without `recursive`, which in some file systems tries for ever.
    mkdirSync(part)
    for (const file of files) {
      const to = join(part, file.path)
      mkdirSync(dirname(to), { recursive: true })
      writeFileSync(to, file.content, { flag: 'wx' })
    }
    renameSync(part, folder)
  } catch (error) {
    rmSync(part, { recursive: true, force: true })
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason'
    if (code === 'ENOTEMPTY' || code === 'EEXIST' || code === 'ENOTDIR') throw folderExists(path)
    throw outputFailed(path, code, 'check its folder: permissions, room on the disk', error)
  }
}
