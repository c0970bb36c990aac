/** The plugin: a machine that cannot make struct pages for MMIO, by its architecture or by how its kernel was built. */
import { type Cpu, type Facts, NO_PGMAP_ARCHS, PGMAP_ARCHS, type Plugin } from '@barter/core'
import { noPgmapArch } from './errors.ts'
import type { NoPgmapOptions } from './no-pgmap-options.ts'

const NAME = 'platform-no-pgmap'
/** The build ties providers and dma-buf export to struct pages, as the Kconfig of 7.3.4 does (P2P-12). */
const STRICT = 'SW-KCONFIG-STRICT'
const X86 = ['x86_64', 'i386', 'i686']

/**
 * Take struct pages for MMIO away. Providers and dma-buf export go on working, as they need none, unless the switch
 * `SW-KCONFIG-STRICT` is on: then the kernel is built without both, and the feature gives ENOTTY (VFIO-4).
 *
 * **Errors** `UsageError` `NO_PGMAP_ARCH`. **Source** PGM-5, HAZ-11, P2P-11, P2P-12.
 */
export function noPgmap({ arch }: NoPgmapOptions = {}): Plugin {
  if (arch !== undefined && ![...NO_PGMAP_ARCHS, ...PGMAP_ARCHS].includes(arch)) throw noPgmapArch(arch)
  const cpuOf = (cpu: Cpu): Cpu => (arch === undefined ? cpu : withArch(cpu, arch))
  return {
    name: NAME,
    apply: ({ hooks }) => {
      // The hardware has the architecture too: what it routes does not hang on what the kernel is told.
      if (arch !== undefined) hooks.topology.tap(NAME, (topology) => topology.with({ cpu: cpuOf(topology.cpu) }))
      hooks.facts.tap(NAME, (facts) => without({ ...facts, cpu: cpuOf(facts.cpu) }))
    },
  }
}

function without(facts: Facts): Facts {
  const config = facts.switches.has(STRICT) ? { p2pdma: false, vfioPciDmabuf: false } : facts.config
  return { ...facts, pgmap: false, config }
}

/** Vendor and family come from cpuid, which only x86 has. */
function withArch(cpu: Cpu, arch: string): Cpu {
  if (X86.includes(arch)) return { ...cpu, arch }
  return { arch, vendor: undefined, family: undefined }
}
