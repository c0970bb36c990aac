/** A machine that went down over one request. */
import { hex, type UnansweredRequest, type Violation } from '@barter/core'
import { partyNow } from './violation-log.ts'
import type { RunTrace, TraceClock } from './run-trace.ts'

/** What stopped the run, as a clause. */
export const machineCheckText = ({ access, at, length, why }: UnansweredRequest, who: string): string =>
  `machine check: ${who} ${access === 'read' ? 'read' : 'wrote'} ${length} bytes at ${hex(at)}, and ${why}`

/** INV-2 for the CPU, INV-14 for a device. **Source** HAZ-1, HAZ-2 */
export function machineCheck(request: UnansweredRequest, who: string, trace: RunTrace, clock: TraceClock): Violation {
  const message = machineCheckText(request, who)
  return {
    invariant: request.from === 'cpu' ? 'INV-2' : 'INV-14',
    rule: request.from === 'cpu' ? 'HAZ-1' : 'HAZ-2',
    message,
    actor: partyNow(trace, clock, who, message),
    parties: [],
  }
}
