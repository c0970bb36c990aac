/**
 * The hardware while schedules are explored: who reads and who writes registers. Packets tell the judge by themselves, and
 * so do writes that decide over their ways.
 */
import { mixA } from '@barter/core'
import type { Hardware } from '../hardware/index.ts'
import type { WatchedOracle } from './watched-oracle.ts'

export function watchRegisters(hardware: Hardware, oracle: WatchedOracle): Hardware {
  return {
    ...hardware,
    configRead: (of, offset, width) => {
      const value = hardware.configRead(of, offset, width)
      oracle.readsRegisters(of, value)
      return value
    },
    configWrite: (of, offset, width, value) => {
      oracle.changesRegisters(of, false, mixA(offset * 8 + width, value))
      hardware.configWrite(of, offset, width, value)
    },
  }
}
