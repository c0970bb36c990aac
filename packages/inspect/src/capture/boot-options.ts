/** The words of a kernel command line that bear on PCI, the IOMMU and P2P. The others are nobody's business. */
import { commandLineWords } from '../proc/command-line.ts'

const MATTERS: readonly RegExp[] = [
  /^(pci|iommu|intel_iommu|amd_iommu|amd_iommu_intr|swiotlb|mem|memmap|efi|acpi|lockdown|hugepages\w*)(=|$)/,
  /^(iommu|vfio|vfio_\w+|vfio-pci|arm-smmu|arm_smmu\w*|kvm|kvm_intel|kvm_amd|nvme|nvme_core|nvidia|amdgpu|mlx5_core)\./,
  /^(pcie_\w+|pciehp\S*|nohugeiomap|noiommu|nopat|iomem)(=|$)/,
]

/** **Shape** the words that matter in their order, and how many others there were. */
export function bootOptions(commandLine: string): { readonly kept: string; readonly leftOut: number } {
  const words = commandLineWords(commandLine)
  const kept = words.filter((word) => MATTERS.some((pattern) => pattern.test(word)))
  return { kept: kept.join(' '), leftOut: words.length - kept.length }
}
