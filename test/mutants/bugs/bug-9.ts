import { bug } from '../bug.ts'

export const BUG_9 = bug('BUG-9', {
  what: 'iommufd: pages of a buffer are pinned for the kernel',
  beyond: 'nothing but the refusal is modelled, and tests hold it (IFD-11)',
})
