/** Files that are written whole or not at all. */
import {
  accessSync,
  closeSync,
  constants,
  fsyncSync,
  linkSync,
  openSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeSync,
} from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { UsageError } from '@barter/core'
import { outputExists, outputFailed } from './errors.ts'

/** Refuse early what would fail after the work. **Errors** `OUTPUT_EXISTS`, `OUTPUT_FAILED`. */
export function checkOutput(path: string, cwd: string, overwrite: boolean): void {
  const file = resolve(cwd, path)
  const found = statOf(path, file)
  if (found?.isDirectory() === true) throw outputFailed(path, 'it is a folder', 'name a file in it')
  if (found !== undefined && !isStream(found) && !overwrite) throw outputExists(path)
  if (statOf(path, dirname(file))?.isDirectory() !== true) {
    throw outputFailed(path, `there is no folder ${dirname(path)}`, 'make the folder first')
  }
  if (found !== undefined && isStream(found)) return
  try {
    accessSync(dirname(file), constants.W_OK)
  } catch (error) {
    throw failed(path, error)
  }
}

/**
 * As `writeWhole`, of what is too dear to be lost: where somebody else took the name meanwhile, it gets one more.
 * **Shape** gives the name.
 */
export function writeSomewhere(path: string, pieces: () => Iterable<string | Uint8Array>, cwd: string): string {
  for (let number = 1; ; number++) {
    const name = number === 1 ? path : `${path}.${number}`
    try {
      writeWhole(name, pieces(), cwd, false)
      return name
    } catch (error) {
      if (!(error instanceof UsageError) || error.code !== 'OUTPUT_EXISTS') throw error
    }
  }
}

/** **Shape** `undefined` for what is not there, also below what is no folder. **Errors** `OUTPUT_FAILED`. */
function statOf(path: string, file: string): Stats | undefined {
  try {
    return statSync(file, { throwIfNoEntry: false })
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOTDIR') return undefined
    throw failed(path, error)
  }
}

/** A device or a pipe, such as /dev/stdout: what is written goes through it, and it stays what it is. */
const isStream = (found: Stats): boolean => !found.isFile() && !found.isDirectory()

/**
 * Write a file beside its place and move it there when it is whole; into a device or a pipe at once.
 * **Shape** `overwrite`: a file that is there already is replaced. **Errors** `OUTPUT_EXISTS`, `OUTPUT_FAILED`.
 */
export function writeWhole(path: string, pieces: Iterable<string | Uint8Array>, cwd: string, overwrite: boolean): void {
  checkOutput(path, cwd, overwrite)
  const file = resolve(cwd, path)
  const found = statOf(path, file)
  if (found !== undefined && isStream(found)) {
    writeStream(path, file, pieces)
    return
  }
  const part = join(dirname(file), `.${basename(file)}.${process.pid}.part`)
  try {
    writePart(part, pieces)
    // A link fails where the name is taken, so nobody who came in between is overwritten.
    if (overwrite) renameSync(part, file)
    else linkSync(part, file)
  } catch (error) {
    // What the content itself says is wrong is told as it is.
    if (error instanceof UsageError || codeOf(error) === undefined) throw error
    if (codeOf(error) === 'EEXIST') throw outputExists(path)
    throw failed(path, error)
  } finally {
    rmSync(part, { force: true })
  }
}

function writeStream(path: string, file: string, pieces: Iterable<string | Uint8Array>): void {
  try {
    writePieces(openSync(file, 'w'), pieces)
  } catch (error) {
    if (error instanceof UsageError || codeOf(error) === undefined) throw error
    throw failed(path, error)
  }
}

const failed = (path: string, error: unknown): UsageError =>
  outputFailed(path, codeOf(error) ?? 'unknown reason', 'check its folder: permissions, room on the disk', error)

/** Small pieces go together, as each write is a call of the system. */
const AT_ONCE = 65_536

const writePart = (part: string, pieces: Iterable<string | Uint8Array>): void =>
  writePieces(openSync(part, 'wx', 0o644), pieces, fsyncSync)

/** And close it. **Shape** `end`: what is done before that. */
function writePieces(fd: number, pieces: Iterable<string | Uint8Array>, end?: (fd: number) => void): void {
  let held: Uint8Array[] = []
  let length = 0
  const flush = (): void => {
    const bytes = Buffer.concat(held)
    for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at)
    held = []
    length = 0
  }
  try {
    for (const piece of pieces) {
      const bytes = typeof piece === 'string' ? Buffer.from(piece) : piece
      held.push(bytes)
      length += bytes.length
      if (length > AT_ONCE) flush()
    }
    flush()
    end?.(fd)
  } finally {
    closeSync(fd)
  }
}

const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
