/** Where a function sits, told by the folders that it is nested in: `pci0000:00/0000:00:03.0/0000:01:00.0`. */
import { type Bdf, parseBdf } from '@barter/core'
import { HOST_BRIDGE_FOLDER } from '../archive/wanted.ts'

export interface Place {
  /** Host bridge: domain and root bus. */
  readonly hostBridge: string
  /** The function and the bridges above it, from the root bus down; the last is the function. */
  readonly way: readonly Bdf[]
}

/**
 * **Shape** `undefined` unless the path goes through the folder of a host bridge and ends with a function's. Behind a
 * bridge that is a domain of its own (VMD) the innermost host bridge counts, as in the kernel.
 */
export function placeOf(path: string): Place | undefined {
  const parts = path.split('/')
  const at = parts.findLastIndex((part) => HOST_BRIDGE_FOLDER.test(part))
  const hostBridge = HOST_BRIDGE_FOLDER.exec(parts[at] ?? '')?.[1]
  const way = parts.slice(at + 1).flatMap((part) => functionFolder(part) ?? [])
  if (hostBridge === undefined || way.length === 0 || functionFolder(parts.at(-1) ?? '') === undefined) return undefined
  return { hostBridge: hostBridge.replace(/^0+(?=[0-9a-f]{4}:)/, ''), way }
}

/** Only the name as sysfs writes it, with its domain. */
export function functionFolder(name: string): Bdf | undefined {
  return name.length >= 12 ? parseBdf(name) : undefined
}
