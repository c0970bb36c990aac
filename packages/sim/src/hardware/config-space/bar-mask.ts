/** Address bits of base address registers: written with ones, they read back the size. */
import { type Bar, isWide } from '@barter/core'
import { LEAST_BAR_LENGTH } from '../wiring.ts'

/** Writable bits of `count` registers, as bytes. Registers without a BAR take nothing. */
export function barMasks(bars: readonly Bar[], count: number): number[] {
  const words = Array<number>(count).fill(0)
  for (const bar of bars) {
    const length = bar.length ?? LEAST_BAR_LENGTH
    words[bar.index] = bar.kind === 'io' ? sizeMask(length, 0x3) : sizeMask(length, 0xf)
    if (isWide(bar.kind)) words[bar.index + 1] = upperMask(length)
  }
  return words.slice(0, count).flatMap((word) => [word & 0xff, (word >>> 8) & 0xff, (word >>> 16) & 0xff, word >>> 24])
}

const sizeMask = (length: number, kindBits: number): number =>
  length >= 2 ** 32 ? 0 : (~(length - 1) & ~kindBits) >>> 0

const upperMask = (length: number): number => (length <= 2 ** 32 ? 0xffff_ffff : ~(length / 2 ** 32 - 1) >>> 0)
