/** Finds recordings: a file, or all in a folder and the folders below it. */
import { readdirSync, readFileSync, type Stats, statSync } from 'node:fs'
import { join } from 'node:path'
import { nothingToReplay } from './errors.ts'
import { FORMAT, readRecording, type Recording } from './recording.ts'

export interface FoundRecording {
  /** As the person wrote it, with what lies below a folder. */
  readonly file: string
  readonly recording: Recording
}

/**
 * Read every recording at a path. A folder may hold other files, also other JSON; a file that is named must be one.
 * **Shape** in the order of their names. **Errors** `UsageError` `RECORDING_MISSING`, and those of `readRecording`.
 */
export function findRecordings(path: string): readonly FoundRecording[] {
  const stat = statOf(path)
  if (stat === undefined) throw nothingToReplay(path)
  if (!stat.isDirectory()) return [{ file: path, recording: readRecording(path, readFileSync(path, 'utf8')) }]
  const found = filesBelow(path).flatMap((file): readonly FoundRecording[] => {
    const text = readFileSync(file, 'utf8')
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

function filesBelow(folder: string): readonly string[] {
  const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return filesBelow(path)
    return entry.name.endsWith('.json') ? [path] : []
  })
}
