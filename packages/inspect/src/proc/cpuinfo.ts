/** /proc/cpuinfo, which each architecture writes in its own way. The first processor speaks for all (HB-1). */
import type { Cpu } from '@barter/core'

export const CPU_UNKNOWN: Cpu = { arch: undefined, vendor: undefined, family: undefined }

/** **Shape** what is not said stays `undefined`; text that is no cpuinfo gives a CPU of which nothing is known. */
export function parseCpuinfo(text: string): Cpu {
  const fields = firstFields(text)
  const get = (...names: string[]): string | undefined => names.map((name) => fields.get(name)).find(Boolean)

  const family = get('cpu family')
  const vendor = get('vendor_id')
  if (vendor !== undefined && family !== undefined) {
    const name = get('model name')
    const flags = get('flags')
    // A 32-bit kernel on a 64-bit CPU shows `lm` too; that it runs there does not change how the chip routes.
    const arch = flags === undefined || / lm /.test(` ${flags} `) ? 'x86_64' : 'x86'
    return withName({ arch, vendor, family: decimal(family) }, name)
  }
  const implementer = get('CPU implementer')
  if (implementer !== undefined) {
    const arch = get('CPU architecture') === '7' ? 'arm' : 'arm64'
    return withName({ ...CPU_UNKNOWN, arch }, get('model name') ?? armName(implementer, get('CPU part')))
  }
  const isa = get('isa')
  if (isa?.startsWith('rv') === true) {
    return withName({ ...CPU_UNKNOWN, arch: isa.startsWith('rv32') ? 'riscv32' : 'riscv64' }, get('uarch'))
  }
  const power = get('cpu')
  if (power !== undefined && /^(POWER|PPC)/.test(power)) return withName({ ...CPU_UNKNOWN, arch: 'ppc64' }, power)
  if (vendor === 'IBM/S390') return withName({ ...CPU_UNKNOWN, arch: 's390' }, get('machine'))
  if (get('CPU Family')?.startsWith('Loongson') === true) {
    return withName({ ...CPU_UNKNOWN, arch: 'loongarch64' }, get('Model Name', 'model name'))
  }
  return CPU_UNKNOWN
}

/** The first value of each field: later processors repeat them. */
function firstFields(text: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>()
  for (const line of text.split('\n').slice(0, 2000)) {
    const colon = line.indexOf(':')
    if (colon <= 0) continue
    const name = line.slice(0, colon).trim()
    if (!fields.has(name)) fields.set(name, line.slice(colon + 1).trim())
  }
  return fields
}

const armName = (implementer: string, part: string | undefined): string =>
  part === undefined ? `Arm implementer ${implementer}` : `Arm implementer ${implementer} part ${part}`

const withName = (cpu: Cpu, name: string | undefined): Cpu => (name === undefined ? cpu : { ...cpu, name })

function decimal(text: string): number | undefined {
  return /^\d{1,6}$/.test(text) ? Number(text) : undefined
}
