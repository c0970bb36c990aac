/** Host bridges of machines whose bus addresses are not the CPU's, as their device trees and boot logs have them (HAZ-9). */
import { GiB, MiB } from '@barter/core'

export interface Board {
  readonly part: string
  readonly windows: readonly BoardWindow[]
  /** Bus addresses of devices that reach RAM. Empty: they are the CPU's. */
  readonly inbound: readonly BoardWindow[]
}

interface BoardWindow {
  readonly cpu: number
  readonly bus: number
  readonly length: number
}

/** Windows of one of the three root complexes: a little less than 4 GiB for 32-bit BARs, 12 GiB prefetchable. */
const bcm2712 = (part: string, narrow: number, wide: number): Board => ({
  part,
  windows: [
    { cpu: narrow, bus: 0, length: 4 * GiB - MiB },
    { cpu: wide, bus: 0x4_0000_0000, length: 12 * GiB },
  ],
  inbound: [{ cpu: 0, bus: 0x10_0000_0000, length: 64 * GiB }],
})

export const BOARDS = {
  rpi4: {
    part: 'Raspberry Pi 4',
    windows: [{ cpu: 0x6_0000_0000, bus: 0xf800_0000, length: 64 * MiB }],
    inbound: [{ cpu: 0, bus: 0, length: 3 * GiB }],
  },
  rpi5: bcm2712('Raspberry Pi 5, the connector', 0x1b_0000_0000, 0x18_0000_0000),
  'rpi5-pcie0': bcm2712('Raspberry Pi 5, the root complex that is not led out', 0x17_0000_0000, 0x14_0000_0000),
  'rpi5-rp1': bcm2712('Raspberry Pi 5, the I/O chip', 0x1f_0000_0000, 0x1c_0000_0000),
  power8: {
    part: 'POWER8, bare metal',
    windows: [
      { cpu: 0x3fe0_0000_0000, bus: 0x8000_0000, length: 2 * GiB - MiB },
      { cpu: 0x3b00_0000_0000, bus: 0x3b00_0000_0000, length: 64 * GiB },
    ],
    inbound: [],
  },
} as const satisfies Readonly<Record<string, Board>>

export type BoardName = keyof typeof BOARDS
export const BOARD_NAMES = Object.keys(BOARDS) as readonly BoardName[]

export const isBoardName = (name: string): name is BoardName => Object.hasOwn(BOARDS, name)
