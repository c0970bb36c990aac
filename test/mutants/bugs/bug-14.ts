import { bug } from '../bug.ts'

export const BUG_14 = bug('BUG-14', {
  what: 'iommufd: frame numbers of a buffer are read back from another domain',
  beyond: 'translations of the model have no memory type that could be wrong (IFD-6)',
})
