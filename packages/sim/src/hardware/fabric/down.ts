/** The way down: by the windows of bridges, to the BAR that holds the address. */
import type { Route } from '@barter/core'
import type { WiredBus, WiredFunction } from '../wiring.ts'
import { WINDOW } from './bus-map.ts'
import type { FabricParts } from './fabric-parts.ts'
import type { Request } from './request.ts'

/** Follow a claim on the address, as `BusMap.find` numbers it, to its end. */
export function down(fabric: FabricParts, request: Request, from: WiredBus, first: number): Route {
  let map = fabric.maps.of(from)
  let claim = first
  for (;;) {
    const owner = map.owner(claim)
    if (map.isSilent(claim)) request.silent = true
    if (map.bar(claim) !== WINDOW) return atBar(request, owner, map.bar(claim), request.address - map.start(claim))
    if (owner.below === null) return request.refuse(owner.bdf, 'a bridge with nothing below it')
    if (request.told) request.hop(owner.bdf, `in its window${windowNote(fabric, owner)}, sent down`)
    map = fabric.maps.of(owner.below)
    claim = map.find(request.address)
    request.limit(map.span)
    if (claim < 0) return request.refuse(owner.bdf, whoCould(fabric, request, owner))
  }
}

function atBar(request: Request, owner: WiredFunction, bar: number, offset: number): Route {
  const place = { device: owner.bdf, bar, offset }
  if (request.silent) {
    const why = 'the function that decodes it is in reset and does not answer'
    request.hop(owner.bdf, why)
    return request.end({ kind: 'silent', ...place }, why)
  }
  const why = 'a BAR holds the address'
  if (request.told) request.hop(owner.bdf, `BAR ${bar} holds the address`)
  return request.end({ kind: 'bar', ...place }, why)
}

/** Why nobody below takes an address in the bridge's window: the one whose BAR holds it, but who does not decode. */
export function whoCould(fabric: FabricParts, request: Request, bridge: WiredFunction): string {
  if (!request.told) return 'nobody below it answers'
  for (const wired of bridge.below?.functions ?? []) {
    const state = fabric.functions.state(wired)
    const holds = state.decode.bars.some((bar) => request.address >= bar.start && request.address < bar.end)
    const why = state.darkBecause
    if (holds && why !== undefined) return `${wired.bdf}, whose BAR holds the address, does not answer: ${why}`
  }
  return 'nobody below it answers'
}

const windowNote = (fabric: FabricParts, bridge: WiredFunction): string =>
  fabric.functions.state(bridge).decodeBefore.windows === undefined
    ? ' (its registers are not known; by the BARs below)'
    : ''
