/** Changes that a person imagines, applied to a machine on paper. */
import {
  ACS_BITS,
  type AcsBit,
  acsHas,
  acsWith,
  parseBdf,
  type PciFunction,
  readAcs,
  type Topology,
} from '@barter/core'
import { whatIf } from '../errors.ts'
import { withWords } from './acs-change.ts'
import { cardOf, isEmpty, isSlot, moved, onCard } from './move.ts'

/**
 * Apply one change: `acs:PORT=-RR,-CR` (or `+SV`, a sign holding for the names after it), `acs:PORT=off`,
 * `acs:PORT=0x1d`, or `move:DEV->PORT`, which takes the whole card.
 *
 * **Errors** `UsageError` `WHAT_IF`, `DEVICE_UNKNOWN`.
 */
export function applyChange(topology: Topology, text: string): Topology {
  const change = text.trim()
  const acs = /^acs:([^=]+)=(.*)$/i.exec(change)
  if (acs !== null) return withAcs(topology, change, functionOf(topology, change, acs[1] ?? ''), acs[2] ?? '')
  const move = /^move:(.+?)\s*->\s*(.+)$/i.exec(change)
  if (move === null) throw whatIf(change, 'is neither a change of ACS nor a move')
  return withMove(
    topology,
    change,
    functionOf(topology, change, move[1] ?? ''),
    functionOf(topology, change, move[2] ?? ''),
  )
}

const BITS = Object.keys(ACS_BITS) as readonly AcsBit[]

function withAcs(topology: Topology, change: string, fn: PciFunction, setting: string): Topology {
  const acs = readAcs(fn.config)
  if (acs.kind === 'none') throw whatIf(change, `names ${fn.bdf}, which has no ACS capability and never redirects`)
  if (acs.kind === 'unknown') throw whatIf(change, `names ${fn.bdf}, whose ACS registers the capture does not show`)
  const word = wordOf(change, setting.trim(), acs.control)
  const missing = BITS.filter((bit) => acsHas(word, bit) && !acsHas(acs.control, bit) && !acsHas(acs.capability, bit))
  if (missing.length > 0) {
    const offered = BITS.filter((bit) => acsHas(acs.capability, bit)).join(', ')
    throw whatIf(change, `sets ${missing.join(', ')}, and ${fn.bdf} only has ${offered || 'no bit at all'}`)
  }
  return withWords(topology, new Map([[fn.bdf, word]]))
}

function wordOf(change: string, setting: string, control: number): number {
  if (/^off$/i.test(setting)) return 0
  if (/^0x[0-9a-f]{1,4}$/i.test(setting)) {
    const word = parseInt(setting, 16)
    if (word > acsWith(0, BITS)) throw whatIf(change, 'has a word with bits that ACS does not have')
    return word
  }
  let word = control
  let sign: string | undefined
  for (const part of setting.split(/[\s,]+|(?=[+-])/).filter((text) => text !== '')) {
    const match = /^([+-]?)([a-z]{2})$/i.exec(part)
    const bit = BITS.find((name) => name === match?.[2]?.toUpperCase())
    sign = (match?.[1] ?? '') === '' ? sign : match?.[1]
    if (bit === undefined || sign === undefined)
      throw whatIf(change, `has ${JSON.stringify(part)}, which is no bit with a sign`)
    word = sign === '+' ? acsWith(word, [bit]) : acsWith(word, [], [bit])
  }
  if (sign === undefined) throw whatIf(change, 'names no bit')
  return word
}

function withMove(topology: Topology, change: string, fn: PciFunction, port: PciFunction): Topology {
  const card = cardOf(topology, fn)
  if (typeof card === 'string') throw whatIf(change, `cannot be: ${card}`)
  if (!isSlot(port)) throw whatIf(change, `goes to ${port.bdf}, which is not a port with a slot (${port.kind})`)
  if (onCard(topology, card, port)) throw whatIf(change, `goes to ${port.bdf}, which is on the same card`)
  if (card.port === port) throw whatIf(change, `goes to ${port.bdf}, where it is already`)
  if (!isEmpty(topology, port)) {
    const there = topology.children(port.bdf).map(({ bdf }) => bdf)
    throw whatIf(change, `goes to ${port.bdf}, where ${there.join(', ')} is: move that away first`)
  }
  return moved(topology, [[card, port]])
}

function functionOf(topology: Topology, change: string, text: string): PciFunction {
  const bdf = parseBdf(text)
  if (bdf === undefined) throw whatIf(change, `has ${JSON.stringify(text)}, which is not the name of a PCI function`)
  return topology.get(bdf)
}
