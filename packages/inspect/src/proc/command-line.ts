/** The words of a kernel command line that change what DMA does. */
import type { IommuMode } from '@barter/core'

/** Words as the kernel splits them: at white space, but not inside double quotes. */
export function commandLineWords(text: string): string[] {
  return (text.slice(0, 65_536).match(/(?:[^\s"]|"[^"]*")+/g) ?? []).map((word) => word.replaceAll('"', ''))
}

/** What the command line asks of the IOMMU; `undefined` when it says nothing. The last word wins. */
export function iommuFromCommandLine(text: string): IommuMode | undefined {
  let mode: IommuMode | undefined
  for (const word of commandLineWords(text)) {
    if (word === 'iommu=pt' || word === 'iommu.passthrough=1') mode = 'identity'
    else if (word === 'iommu=nopt' || word === 'iommu.passthrough=0') mode = 'translated'
    else if (['iommu=off', 'intel_iommu=off', 'amd_iommu=off'].includes(word)) mode = 'none'
  }
  return mode
}
