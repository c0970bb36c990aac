/** Drivers of single devices that add things this model is not about, and lend nothing (VFIO-5). */
import type { Plugin } from '@barter/core'
import type { VfioPciOptions } from './options.ts'
import { vfioDriver } from './vfio-pci.ts'

/** The drivers of Linux 7.3 beside vfio-pci and nvgrace-gpu. */
export const VARIANT_DRIVERS = [
  'hisi_acc_vfio_pci',
  'mlx5_vfio_pci',
  'pds-vfio-pci',
  'qat_vfio_pci',
  'virtio-vfio-pci',
  'xe-vfio-pci',
] as const
export type VariantDriver = (typeof VARIANT_DRIVERS)[number]

/** All that vfio-pci does, but for lending: the feature is EOPNOTSUPP, also when it is only probed. */
export const vfioVariant = (driver: VariantDriver, options: VfioPciOptions = {}): Plugin =>
  vfioDriver({ driver, lends: false }, options)
