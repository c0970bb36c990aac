/** Functions that an option names have to be in the machine. */
import { parseBdf, type Topology } from '@barter/core'
import { deviceUnknown } from '../../errors.ts'

/** **Errors** `UsageError` `DEVICE_UNKNOWN`. Text that is no name at all is left to who parses it. */
export function checkThere(topology: Topology, names: readonly string[]): void {
  for (const name of names) {
    const bdf = parseBdf(name)
    if (bdf !== undefined && topology.find(bdf) === undefined)
      throw deviceUnknown(
        bdf,
        topology.functions.map((fn) => fn.bdf),
      )
  }
}
