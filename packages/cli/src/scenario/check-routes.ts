/** Finds imports whose route a capture leaves open, while there is still a line to point at. */
import { p2pVerdict, type P2pVerdict, type PciFunction, type System } from '@barter/core'
import type { KnownStep } from './check-steps.ts'
import type { Complaint } from './complaint.ts'
import { deviceOf, type Story } from './story.ts'

const COLLECT = 'take the capture as root: sudo barter capture -o machine.tar.gz, or sudo lspci -vvvnn > lspci.txt'

/** Names at most; the inspection has them all. */
const MOST_NAMES = 4

/**
 * The kernel would answer by what the registers say; a run that guesses them would tell a story of another machine.
 * **Shape** `functionOf` gives the function of a device by its name. **Source** ACS-4, HB-1, HB-4
 */
export function checkRoutes(
  story: Story,
  steps: readonly KnownStep[],
  functionOf: (device: string) => PciFunction | undefined,
  system: System,
): Complaint[] {
  const told = new Set<string>()
  return steps
    .filter(({ word, entry }) => word.verb === 'import' && (entry.expect === undefined || entry.expect === 'ok'))
    .flatMap(({ target, entry, path }): Complaint[] => {
      const lender = deviceOf(story.made, target)
      const user = typeof entry.on === 'string' ? entry.on : undefined
      const provider = lender === undefined ? undefined : functionOf(lender)
      const client = user === undefined ? undefined : functionOf(user)
      if (provider === undefined || client === undefined || told.has(`${provider.bdf} ${client.bdf}`)) return []
      told.add(`${provider.bdf} ${client.bdf}`)
      const open = openOf(p2pVerdict(system.topology, provider, client))
      if (open === undefined) return []
      const message = `the capture does not tell how ${user ?? ''} reaches ${lender ?? ''}: ${open.why}`
      return [{ path: [...path, 'on'], message, hint: open.hint }]
    })
}

interface Open {
  readonly why: string
  readonly hint: string
}

/** What is not known and decides; `undefined` when the answer is certain. */
function openOf({ mapType, acsMattersOn, cpuMatters, hostBridgeMatters, pathMatters }: P2pVerdict): Open | undefined {
  if (pathMatters === true) return { why: 'bridges may lie between the two that it does not show', hint: COLLECT }
  if (mapType === undefined && acsMattersOn.length > 0) {
    const names = acsMattersOn.slice(0, MOST_NAMES).join(', ')
    const more = acsMattersOn.length > MOST_NAMES ? ` and ${acsMattersOn.length - MOST_NAMES} more` : ''
    return { why: `the ACS control words of ${names}${more} decide, and are not in it`, hint: COLLECT }
  }
  if (cpuMatters === true) {
    const add = 'add what /proc/cpuinfo says to the machine: machine: [lspci.txt, cpuinfo.txt]'
    return { why: 'the CPU decides whether its host bridges are trusted, and is not in it', hint: add }
  }
  if (hostBridgeMatters === true) {
    return {
      why: 'the ids of a host bridge decide, and are not in it',
      hint: 'take it with lspci -vvvnn, or with barter capture',
    }
  }
  return undefined
}
