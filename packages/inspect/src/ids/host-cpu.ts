/** The CPU by the host bridge, for captures that do not show it: a root complex is part of the processor. */
import type { Cpu } from '@barter/core'
import type { FunctionFacts } from '../machine/function-facts.ts'

export interface InferredCpu {
  readonly cpu: Cpu
  /** By which function, as a sentence. */
  readonly because: string
}

/** AMD's root complexes, with the family of the processors that have them. */
const AMD: ReadonlyMap<number, readonly [family: number, name: string]> = new Map([
  [0x1705, [0x12, 'Llano']],
  [0x1510, [0x14, 'Bobcat']],
  [0x1410, [0x15, 'Trinity']],
  [0x1422, [0x15, 'Kaveri']],
  [0x1576, [0x15, 'Carrizo']],
  [0x1536, [0x16, 'Kabini']],
  [0x1566, [0x16, 'Mullins']],
  [0x1450, [0x17, 'Zen: EPYC 7001, Threadripper, Ryzen 1000 or 2000']],
  [0x15d0, [0x17, 'Zen: Raven Ridge or Picasso']],
  [0x1480, [0x17, 'Zen 2 or 3: EPYC 7002 or 7003, Ryzen 3000 or 5000']],
  [0x1630, [0x17, 'Zen 2 or 3: Renoir or Cezanne']],
  [0x1645, [0x17, 'Zen 2: Van Gogh']],
  [0x14b5, [0x19, 'Zen 3+: Rembrandt']],
  [0x14a4, [0x19, 'Zen 4: EPYC 9004 or 8004']],
  [0x14d8, [0x19, 'Zen 4: Ryzen 7000']],
  [0x14e8, [0x19, 'Zen 4: Phoenix']],
  [0x1507, [0x1a, 'Zen 5: Strix Point']],
  [0x153a, [0x1a, 'Zen 5: EPYC 9005']],
])

/** Intel chips that emulators show whatever the processor is. */
const EMULATED: readonly number[] = [0x29c0, 0x1237, 0x7190]
/** The root port of an emulator, and PCI bridges of chipsets that stood beside processors of any maker. */
const EMULATED_PORTS: readonly number[] = [0x3420, 0x244e, 0x2448]

/** Vendors of root complexes whose processors are all of one architecture. */
const ARCHITECTURES: ReadonlyMap<number, readonly [arch: string, name: string]> = new Map([
  [0x1014, ['ppc64', 'POWER']],
  [0x106b, ['arm64', 'Apple']],
  [0x13b5, ['arm64', 'Arm']],
  [0x177d, ['arm64', 'Cavium or Marvell']],
  [0x17cb, ['arm64', 'Qualcomm']],
  [0x1957, ['other', 'Freescale or NXP']],
  [0x19e5, ['arm64', 'Huawei']],
  [0x1d87, ['arm64', 'Rockchip']],
  [0x1def, ['arm64', 'Ampere']],
  [0xf15e, ['riscv64', 'SiFive']],
])

const CLASS_HOST_BRIDGE = 0x0600
const CLASS_PCI_BRIDGE = 0x0604

/**
 * **Shape** `undefined` where no function tells. The lowest functions are asked first: that of bus 0 is the processor's
 * own even where cards have bridges of their own.
 */
export function cpuByHostBridge(functions: readonly FunctionFacts[]): InferredCpu | undefined {
  const onRoot = functions.filter((one) => one.bdf.endsWith(':00:00.0') || isHostBridge(one)).slice(0, 64)
  for (const { bdf, vendor, device } of onRoot) {
    if (vendor === undefined) continue
    const found = cpuOf(vendor, device, bdf.endsWith(':00:00.0'))
    if (found === undefined) continue
    const id =
      device === undefined ? '' : ` ${vendor.toString(16).padStart(4, '0')}:${device.toString(16).padStart(4, '0')}`
    return { cpu: found, because: `the CPU is taken to be ${found.name ?? ''}, by the root complex${id} at ${bdf}` }
  }
  return byIntelPort(functions)
}

/** A listing that leaves the first function out may show root ports; Intel's are in no machine of another maker. */
function byIntelPort(functions: readonly FunctionFacts[]): InferredCpu | undefined {
  const port = functions.find(
    ({ bdf, vendor, device, classCode }) =>
      /^0000:00:/.test(bdf) &&
      vendor === 0x8086 &&
      device !== undefined &&
      !EMULATED_PORTS.includes(device) &&
      classCode !== undefined &&
      Math.floor(classCode / 0x100) === CLASS_PCI_BRIDGE,
  )
  if (port === undefined || functions.some(({ bdf }) => bdf === '0000:00:00.0')) return undefined
  const cpu: Cpu = { arch: 'x86_64', vendor: 'GenuineIntel', family: undefined, name: 'Intel' }
  return {
    cpu,
    because: `the CPU is taken to be Intel, by the root port ${hex4(0x8086)}:${hex4(port.device ?? 0)} at ${port.bdf}`,
  }
}

const hex4 = (value: number): string => value.toString(16).padStart(4, '0')

const isHostBridge = ({ classCode }: FunctionFacts): boolean =>
  classCode !== undefined && Math.floor(classCode / 0x100) === CLASS_HOST_BRIDGE

function cpuOf(vendor: number, device: number | undefined, first: boolean): Cpu | undefined {
  if (vendor === 0x1022) {
    const known = device === undefined ? undefined : AMD.get(device)
    if (known === undefined) return undefined
    const [family, name] = known
    return { arch: 'x86_64', vendor: 'AuthenticAMD', family, name: `AMD family 0x${family.toString(16)} (${name})` }
  }
  if (!first) return undefined
  if (vendor === 0x8086) {
    // Some emulated chip stands before processors of any maker.
    if (device === undefined || EMULATED.includes(device)) return undefined
    return { arch: 'x86_64', vendor: 'GenuineIntel', family: undefined, name: 'Intel' }
  }
  const [arch, name] = ARCHITECTURES.get(vendor) ?? []
  return arch === undefined
    ? undefined
    : { arch, vendor: undefined, family: undefined, name: `${name ?? ''} (${arch === 'other' ? 'not x86' : arch})` }
}
