/** What else people paste: /proc/cpuinfo or lscpu, /proc/iomem, /proc/cmdline, `uname -a`, and lines of the kernel's log. */
import type { Cpu, IommuMode } from '@barter/core'
import { type MachineFacts, machineFacts } from '../machine/machine-facts.ts'
import type { LineReader } from '../text/line-reader.ts'
import type { TextLine } from '../text/text-line.ts'
import { iommuFromCommandLine } from './command-line.ts'
import { parseCpuinfo } from './cpuinfo.ts'
import { parseIomem } from './iomem.ts'
import { kernelRelease } from './kernel-release.ts'

/** Characters of each that are kept. */
const MOST_CPUINFO = 65_536
const MOST_IOMEM = 4_194_304

const CPUINFO_START = /^(processor|vendor_id)\s*: \S/
const LSCPU = /^(Architecture|Vendor ID|CPU family|Model name):\s+(\S.*)$/
const IOMEM = /^[0-9a-f]{8,16}-[0-9a-f]{8,16} : \S/
const COMMAND_LINE = /^(?:\[[ \d.]+\] )?(?:Kernel command line: |Command line: )?(BOOT_IMAGE=\S.*)$/
const UNAME = /^Linux (?:version )?\S+ /
const DOMAIN_TYPE = /\biommu: Default domain type: (Translated|Passthrough)\b/

export class ProcReader implements LineReader {
  readonly #name: string
  #cpuinfo = ''
  #inCpuinfo = false
  readonly #lscpu = new Map<string, string>()
  #iomem = ''
  #commandLine: string | undefined
  #release: string | undefined
  #mode: IommuMode | undefined

  constructor(name: string) {
    this.#name = name
  }

  get found(): boolean {
    return (
      this.#cpuinfo !== '' ||
      this.#lscpu.size > 0 ||
      this.#iomem !== '' ||
      this.#commandLine !== undefined ||
      this.#release !== undefined
    )
  }

  take({ body, raw }: TextLine): boolean {
    if (this.#inCpuinfo && /^[\w /.()-]+\s*:/.test(body)) return this.#addCpuinfo(body)
    this.#inCpuinfo = false
    if (CPUINFO_START.test(body)) {
      this.#inCpuinfo = true
      return this.#addCpuinfo(body)
    }
    const [, key, value] = LSCPU.exec(body) ?? []
    if (key !== undefined && value !== undefined) {
      if (!this.#lscpu.has(key)) this.#lscpu.set(key, value)
      return true
    }
    if (IOMEM.test(body)) {
      if (this.#iomem.length < MOST_IOMEM) this.#iomem += `${raw}\n`
      return true
    }
    const command = COMMAND_LINE.exec(body)?.[1]
    if (command !== undefined) {
      this.#commandLine ??= command
      return true
    }
    const mode = DOMAIN_TYPE.exec(body)?.[1]
    if (mode !== undefined) {
      this.#mode = mode === 'Passthrough' ? 'identity' : 'translated'
      return true
    }
    if (UNAME.test(body) && kernelRelease(body) !== undefined) {
      this.#release ??= body
      return true
    }
    return false
  }

  end(): readonly MachineFacts[] {
    if (!this.found && this.#mode === undefined) return []
    const mode = this.#mode ?? (this.#commandLine === undefined ? undefined : iommuFromCommandLine(this.#commandLine))
    return [
      machineFacts(this.#name, 'proc', {
        cpu: this.#cpuinfo !== '' ? parseCpuinfo(this.#cpuinfo) : cpuOfLscpu(this.#lscpu),
        iomem: this.#iomem === '' ? undefined : parseIomem(this.#iomem),
        commandLine: this.#commandLine,
        release: this.#release,
        // That the IOMMU is off is certain; that it is on only if it is there.
        iommu: mode === undefined || (this.#mode === undefined && mode !== 'none') ? undefined : { mode },
      }),
    ]
  }

  #addCpuinfo(body: string): boolean {
    if (this.#cpuinfo.length < MOST_CPUINFO) this.#cpuinfo += `${body}\n`
    return true
  }
}

function cpuOfLscpu(lines: ReadonlyMap<string, string>): Cpu | undefined {
  const arch = lines.get('Architecture')
  if (arch === undefined) return undefined
  const family = lines.get('CPU family')
  const x86 = /^(x86_64|i[3-6]86)$/.test(arch)
  const name = lines.get('Model name')
  return {
    arch: arch === 'aarch64' ? 'arm64' : arch === 'ppc64le' ? 'ppc64' : arch,
    vendor: x86 ? lines.get('Vendor ID') : undefined,
    family: x86 && family !== undefined && /^\d{1,4}$/.test(family) ? Number(family) : undefined,
    ...(name === undefined ? {} : { name }),
  }
}
