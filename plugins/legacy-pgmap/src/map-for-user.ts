/** Pages in the address space of a process: an mmap of `p2pmem/allocate` (PGM-8). */
import {
  atOnce,
  CpuMapping,
  type CpuMappingServices,
  type Device,
  done,
  type Facts,
  KernelError,
  type MmapRequest,
  type Op,
  SignalError,
} from '@barter/core'
import { notForCaller } from './get-user-pages.ts'
import type { P2pMemory } from './p2p-memory.ts'

export interface UserPagesServices extends CpuMappingServices {
  readonly facts: Facts
  readonly memory: P2pMemory
}

/**
 * Map fresh pages, all at once: there is no fault later. The entries hold the pages, until the mapping goes or the driver
 * takes the file away.
 *
 * **Errors** in order: EINVAL for a private mapping, then for an offset; ENODEV without P2P memory; ENOMEM. **Source** PGM-8
 */
export function* mapForUser(services: UserPagesServices, device: Device, request: MmapRequest): Op<CpuMapping> {
  const { facts, memory } = services
  const { region, offset, length, shared, writable } = request
  if (shared === false) throw new KernelError('EINVAL', 'PGM-8', 'the mapping is to be private')
  const pages = memory.allocate(device, region, BigInt(offset), length)
  const mapped = memory.mappingsOf(device)
  const mapping = new CpuMapping(services, {
    name: `${device.name}.p2pmem+${pages.offset}`,
    device,
    length: pages.range.length,
    writable: writable !== false,
    pageSize: facts.pageSize,
    ops: {
      fault: ({ name }) =>
        atOnce(() => {
          throw new SignalError('SIGBUS', 'PGM-11', `${name} was taken away with its file`)
        }),
      unmapped: (gone) => atOnce(() => letGo(gone)),
    },
    // There are pages behind it, and they are for those who ask for P2P pages by name.
    pinRefusal: notForCaller,
  })
  const letGo = (gone: CpuMapping): void => {
    if (mapped.delete(gone)) pages.map.put(pages)
  }
  mapping.install({ offset: 0, length: pages.range.length, at: pages.range.start })
  mapping.subscribe({
    name: `pages of ${mapping.name}`,
    // The entries go next, and with them what they hold.
    begin: () => done(undefined),
    end() {
      letGo(mapping)
    },
  })
  mapped.add(mapping)
  return mapping
}
