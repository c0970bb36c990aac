/**
 * P2P-20 to P2P-23, ACS-1, HB-1 to HB-5, written once more: from the parents of functions, the bytes of their ACS control
 * registers and a list of ids. Asks nothing of core but the data of the machine.
 */
import type { Bdf, Facts, PciFunction, Topology } from '@barter/core'

export type MapType = 'bus-addr' | 'thru-host-bridge' | 'not-supported'

export interface World {
  readonly topology: Topology
  readonly facts: Facts
  readonly lender: Bdf
  readonly client: Bdf
}

const functionAt = ({ topology }: World, bdf: Bdf): PciFunction => {
  const found = topology.functions.find((fn) => fn.bdf === bdf)
  if (found === undefined) throw new Error(`no function ${bdf}`)
  return found
}
export const lenderOf = (world: World): PciFunction => functionAt(world, world.lender)
export const clientOf = (world: World): PciFunction => functionAt(world, world.client)

function upwards(world: World, from: PciFunction): readonly PciFunction[] {
  return from.parent === null ? [from] : [from, ...upwards(world, functionAt(world, from.parent))]
}

const ACS = 0x0d
const REDIRECTS = 0x04 | 0x08 | 0x20

/** ACS-1: the control word, found by walking the extended capabilities. */
export function redirects(fn: PciFunction): boolean {
  for (let at = 0x100; at >= 0x100;) {
    const header = fn.config.read(at, 4)
    if (header === undefined || header === 0 || header === 0xffff_ffff) return false
    if (header % 0x1_0000 === ACS) return ((fn.config.read(at + 6, 2) ?? 0) & REDIRECTS) !== 0
    at = Math.floor(header / 0x10_0000)
  }
  return false
}

interface Path {
  /** Nearest common bridge, if there is one. */
  readonly common: PciFunction | undefined
  readonly lenderSide: readonly PciFunction[]
  readonly clientSide: readonly PciFunction[]
}

export function pathOf(world: World): Path {
  const a = upwards(world, lenderOf(world))
  const b = upwards(world, clientOf(world))
  const common = a.find((fn) => b.includes(fn))
  const below = (chain: readonly PciFunction[]) =>
    chain.slice(0, common === undefined ? chain.length : chain.indexOf(common))
  return { common, lenderSide: below(a), clientSide: below(b) }
}

/** P2P-21 to P2P-23. */
export function mapTypeOf(world: World): MapType {
  const { common, lenderSide, clientSide } = pathOf(world)
  if (common !== undefined && ![...lenderSide, common, ...clientSide].some(redirects)) return 'bus-addr'
  return trusted(world) ? 'thru-host-bridge' : 'not-supported'
}

const SAME_BRIDGE = '8086:3c00 8086:3c01 8086:2f00 8086:2f01'.split(' ')
const ANY_BRIDGE = (
  '8086:2030 8086:2031 8086:2032 8086:2033 8086:2020 8086:09a2 8086:0b25 8086:0cfe 8086:11fb 8086:1212 8086:1216 ' +
  '8086:4940 8086:4942 8086:4944 8086:4946 8086:4948 10de:2f95 10de:2f96 10de:2f97 10de:2f98'
).split(' ')

/** HB-1 to HB-4. What the kernel believes is what the root complexes of the matrix do. */
export function trusted(world: World): boolean {
  const { arch, vendor, family } = world.facts.cpu
  if ((arch === undefined || /^(x86|x86_64|i\d86)$/.test(arch)) && vendor === 'AuthenticAMD' && (family ?? 0) >= 0x17)
    return true
  const bridges = [...new Set([lenderOf(world).hostBridge, clientOf(world).hostBridge])]
  return bridges.every((bridge) => {
    const first = world.topology.functions.find((fn) => fn.hostBridge === bridge && fn.parent === null)
    if (first === undefined || !(first.bdf.endsWith(':00.0') || first.kind === 'root-port')) return false
    const id = [first.vendor, first.device].map((part) => part.toString(16).padStart(4, '0')).join(':')
    if (SAME_BRIDGE.includes(id)) return bridges.length === 1
    return ANY_BRIDGE.includes(id) || id.startsWith('1ae0:')
  })
}
