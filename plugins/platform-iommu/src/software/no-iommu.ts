/** The service of domains on a machine without an IOMMU: there are none to be had. */
import { type IommuDomains, KernelError } from '@barter/core'

const refuse = (): never => {
  throw new KernelError('ENODEV', 'HAZ-10', 'this machine runs without an IOMMU')
}

export const noIommu: IommuDomains = {
  granule: 4096,
  aperture: 0,
  create: refuse,
  attach: refuse,
  detach: refuse,
  reserved: () => [],
}
