/**
 * The hardware while schedules are explored: who reads and who writes registers, and who asks for a way. Packets tell the judge
 * by themselves, and so do writes that decide over their ways.
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
    route: (from, at, access, translated) => {
      const route = hardware.route(from, at, access, translated)
      oracle.readsRoute(route)
      return route
    },
    configWrite: (of, offset, width, value) => {
      oracle.changesRegisters(of, false, mixA(offset * 8 + width, value))
      hardware.configWrite(of, offset, width, value)
    },
  }
}
