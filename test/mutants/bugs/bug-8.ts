import { bug } from '../bug.ts'

export const BUG_8 = bug('BUG-8', {
  what: 'iommufd: the pages are destroyed before they are detached from the buffer',
  beyond: 'locks of the model are never freed, so that a late callback finds its lock (IFD-8)',
})
