/** Stories on which mutants are tried. Every outcome that the kernel may give is expected, so the correct one passes. */
import type { Step } from '@barter/core'
import { type Actors, type House, step } from './house.ts'
import { mapAgain, preempt, TOLD, unmapLater } from './nic.ts'

export interface Story {
  readonly title: string
  readonly actors: Actors
  /** Of the correct system. */
  readonly house?: House
}

export const lend: readonly Step[] = [step('open', 'nvme'), step('export', 'nvme', { bar: 0, as: 'buf' })]
export const borrow = step('import', 'buf', { on: 'nic', as: 'mr', expect: ['ok', 'ENODEV'] })
export const write = step('write', 'mr', { length: '4 KiB', expect: ['ok', 'error'] })

/** The device is reset while the NIC writes. */
export const resetWhileWriting: Story = {
  title: 'a reset while the NIC writes',
  actors: { vmm: [...lend, step('reset', 'nvme')], nic: [borrow, write, step('close', 'mr')] },
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
    nic: [borrow, write, step('close', 'mr')],
  },
}
