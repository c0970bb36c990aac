/** Stories on which mutants are tried. Every outcome that the kernel may give is expected, so the correct one passes. */
import type { Step } from '@barter/core'
import { iommufd } from '@barter/importer-iommufd'
import { rdma } from '@barter/importer-rdma'
import { type Actors, type House, step } from './house.ts'
import { mapAgain, preempt, TOLD, unmapLater, unmapSlowly } from './nic.ts'

export interface Story {
  readonly title: string
  readonly actors: Actors
  /** Of the correct system. */
  readonly house?: House
}

export const lend: readonly Step[] = [step('open', 'nvme'), step('export', 'nvme', { bar: 0, as: 'buf' })]
export const borrow = step('import', 'buf', { on: 'nic', as: 'mr', expect: ['ok', 'ENODEV'] })
/** By a driver that pins, and that a revoke may reach while it registers (RDMA-2). */
const borrowPinned = step('import', 'buf', { on: 'nic', as: 'mr', expect: ['ok', 'ENODEV', 'EINVAL'] })
export const write = step('write', 'mr', { length: '4 KiB', expect: ['ok', 'error'] })

/** The device is reset while the NIC writes. */
export const resetWhileWriting: Story = {
  title: 'a reset while the NIC writes',
  actors: { vmm: [...lend, step('reset', 'nvme')], nic: [borrow, write] },
}

/** The NIC keeps its mapping, and its user does nothing about it. */
export const resetWhileHeld: Story = {
  title: 'a reset while the NIC has the buffer and is idle',
  actors: { vmm: [...lend, step('reset', 'nvme')], nic: [borrow] },
}

export const resetWhileMappingAgain: Story = {
  ...resetWhileWriting,
  title: 'a reset, and the NIC maps again from its callback',
  house: { nic: { told: [...TOLD, mapAgain] } },
}

export const resetWhileUnmappingLater: Story = {
  ...resetWhileWriting,
  title: 'a reset while the NIC writes; it unmaps from a worker',
  house: { nic: { told: [unmapLater] } },
}

export const resetWhilePreempting: Story = {
  ...resetWhileWriting,
  title: 'a reset while the NIC writes; fences protect what it cannot stop at once',
  house: { nic: { told: [preempt, unmapLater], fenced: true } },
}

export const twoResets: Story = {
  title: 'two resets, and the NIC maps again in between',
  actors: {
    vmm: [...lend, step('reset', 'nvme'), step('reset', 'nvme')],
    nic: [borrow],
  },
}

export const memoryOff = step('configWrite', 'nvme', { register: 'command', value: 0x104 })
export const memoryOn = step('configWrite', 'nvme', { register: 'command', value: 0x106 })
const closeImport = step('close', 'mr')

/** The device is closed while the NIC writes. */
export const closeWhileWriting: Story = {
  title: 'the last close while the NIC writes',
  actors: { vmm: [...lend, step('close', 'nvme')], nic: [borrow, write] },
}

export const unbindWhileSlow: Story = {
  ...closeWhileWriting,
  title: 'the last close and an unbind, and the NIC needs two seconds to let go',
  actors: { vmm: [...lend, step('close', 'nvme'), step('unbind', 'nvme')], nic: [borrow, step('sleep', '3 s')] },
  house: { nic: { told: [unmapSlowly] } },
}

/** A buffer that was revoked before, and is given up then. */
export const closeAfterRevoke: Story = {
  title: 'memory off, then the last close',
  actors: { vmm: [...lend, memoryOff, step('close', 'nvme')] },
}

export const exportWhileDisabling: Story = {
  title: 'an export while another thread switches memory off',
  actors: {
    vmm: [step('open', 'nvme', { as: 'file' }), step('export', 'file', { bar: 0, as: 'buf' })],
    other: [step('configWrite', 'file', { register: 'command', value: 0x104 })],
  },
}

/** The last descriptor of a buffer goes while a trigger walks over the list. */
export const closeBufferWhileResetting: Story = {
  title: 'a reset while the last descriptor of the buffer is closed',
  actors: { vmm: [...lend, step('reset', 'nvme')], user: [step('close', 'buf')] },
}

export const closeBuffer: Story = {
  title: 'a buffer is closed, then the device',
  actors: { vmm: [...lend, step('close', 'buf'), step('close', 'nvme')] },
}

export const unbindWithBuffer: Story = {
  title: 'the device is closed and unbound with the buffer still open',
  actors: { vmm: [...lend, step('close', 'nvme'), step('unbind', 'nvme'), step('close', 'buf')] },
}

/** The CPU has a page of the BAR mapped. */
export const resetWhileStoring: Story = {
  title: 'a reset while the CPU stores into a mapping of the BAR',
  actors: {
    vmm: [step('open', 'nvme', { as: 'file' }), step('mmap', 'file', { bar: 0, as: 'page' }), step('reset', 'file')],
    cpu: [step('store', 'page', { offset: 0, length: 4, expect: ['ok', 'SIGBUS', 'SIGSEGV'] })],
  },
}

export const memoryOffAndOn: Story = {
  title: 'memory off and on again while the NIC maps',
  actors: { vmm: [...lend, memoryOff, memoryOn], nic: [borrow, write] },
}

/** The NIC maps whenever it needs to, so also right after a revoke. */
export const resetWhileMapping: Story = {
  title: 'a reset, and the NIC maps again for its next write',
  actors: { vmm: [...lend, step('reset', 'nvme')], nic: [borrow, write] },
  house: { nic: { remaps: true } },
}

export const resetWhileSlow: Story = {
  title: 'a reset, and the NIC needs two seconds to let go',
  actors: { vmm: [...lend, step('reset', 'nvme')], nic: [borrow, step('sleep', '1500 ms'), write] },
  house: { nic: { told: [unmapSlowly] } },
}

/** Nobody takes anything back: what is mapped has to work. */
export const writeOnly: Story = {
  title: 'the NIC maps and writes',
  actors: {
    vmm: [...lend],
    nic: [step('import', 'buf', { on: 'nic', as: 'mr' }), step('write', 'mr', { length: '4 KiB' }), closeImport],
  },
}

/** The NIC maps and is refused by the rules of its way. */
export const refused: Story = {
  title: 'the NIC may not map',
  actors: { vmm: [...lend], nic: [step('import', 'buf', { on: 'nic', as: 'mr', expect: ['EINVAL'] })] },
}

export const closeBufferWhileBorrowed: Story = {
  title: 'the last descriptor of the buffer goes, then the NIC',
  actors: { vmm: [...lend, { ...borrow, expect: ['ok'] }, step('close', 'buf'), closeImport] },
}

export const resetWhilePinned: Story = {
  title: 'a reset while a NIC has the buffer pinned',
  actors: { vmm: [...lend, step('reset', 'nvme')], nic: [borrowPinned] },
  house: { driver: 'irdma', plugins: [rdma()] },
}

/** User space has the BAR in an address space of an iommufd, for a device of its own. */
/** The last area goes while the buffer is taken back. */
export const leaveSpaceInReset: Story = {
  title: 'a reset while the buffer leaves an address space',
  actors: {
    vmm: [...lend, step('import', 'buf', { on: 'nic', iova: 0x1000_0000, as: 'mr' }), step('reset', 'nvme')],
    user: [step('close', 'mr')],
  },
  house: { path: 'iommu', driver: 'iommufd', plugins: [iommufd()] },
}

export const resetWhileInSpace: Story = {
  title: 'a reset while an address space of user space has the buffer',
  actors: {
    vmm: [...lend, step('import', 'buf', { on: 'nic', iova: 0x1000_0000, as: 'mr' }), step('reset', 'nvme')],
  },
  house: { path: 'iommu', driver: 'iommufd', plugins: [iommufd()] },
}
