/** Finds recordings: a file, or all in a folder and the folders below it. */
import { readdirSync, readFileSync, type Stats, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { FORMAT, nothingToReplay, readRecording, type Recording } from '@barter/parity'

export interface FoundRecording {
  /** As the person wrote it, with what lies below a folder. */
  readonly file: string
  readonly recording: Recording
}

/**
 * Read every recording at a path. A folder may hold other files, also other JSON; a file that is named must be one.
 * **Shape** `cwd`: where a relative path starts; in the order of their names. **Errors** `UsageError` `RECORDING_MISSING`, and those of `readRecording`.
 */
export function findRecordings(path: string, cwd: string): readonly FoundRecording[] {
  const stat = statOf(resolve(cwd, path))
  if (stat === undefined) throw nothingToReplay(path)
  const read = (file: string): string => readFileSync(resolve(cwd, file), 'utf8')
  if (!stat.isDirectory()) return [{ file: path, recording: readRecording(path, read(path)) }]
  const found = filesBelow(path, cwd).flatMap((file): readonly FoundRecording[] => {
    const text = read(file)
    // Only what says that it is one has to be a good one.
    return text.includes(FORMAT) ? [{ file, recording: readRecording(file, text) }] : []
  })
  if (found.length === 0) throw nothingToReplay(path)
  return found
}

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path)
  } catch {
    return undefined
  }
}

function filesBelow(folder: string, cwd: string): readonly string[] {
  const entries = readdirSync(resolve(cwd, folder), { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return filesBelow(path, cwd)
    return entry.name.endsWith('.json') ? [path] : []
  })
}
